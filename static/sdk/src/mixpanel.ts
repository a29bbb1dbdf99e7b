import { type Config, OpenBioCureAnalytics, type Properties } from './index';

/**
 * The calls of mixpanel-browser that apps use, sent to OBC Analytics:
 * `import mixpanel from 'mixpanel-browser'` becomes `import { mixpanel } from '@openbiocure/analytics/mixpanel'`
 * (a default import works as well), and `init` gets a write key. Calls before `init` are kept for it.
 */
export interface MixpanelConfig extends Config {
  /** `true` sends each page view by itself; so does any of Mixpanel's words for it. */
  track_pageview?: boolean | string;
  /** Server of OBC Analytics, in Mixpanel's word; the same as `endpoint`. */
  api_host?: string;
  opt_out_tracking_by_default?: boolean;
  ignore_dnt?: boolean;
  debug?: boolean;
  loaded?: (mixpanel: Mixpanel) => void;
  [option: string]: unknown;
}

type Values = string | Properties;
type Done = (response?: unknown) => void;
type Change = (name: Values, value?: unknown, done?: Done) => void;

export interface Mixpanel {
  init(key: string, config?: MixpanelConfig, name?: string): Mixpanel;
  track(name: string, properties?: Properties | null, options?: unknown, done?: Done): void;
  track_pageview(properties?: Properties): void;
  identify(id: string): void;
  alias(alias: string, original?: string): void;
  reset(): void;
  register(properties: Properties): void;
  register_once(properties: Properties, standard?: unknown): void;
  unregister(name: string): void;
  get_property(name: string): unknown;
  /** The next `track(name)` has `$duration`, in seconds since now. */
  time_event(name: string): void;
  set_group(key: string, id: unknown): void;
  add_group(key: string, id: unknown): void;
  opt_out_tracking(): void;
  opt_in_tracking(): void;
  has_opted_out_tracking(): boolean;
  has_opted_in_tracking(): boolean;
  get_distinct_id(): string;
  people: {
    set: Change;
    set_once: Change;
    append: Change;
    union: Change;
    increment(name: Values, by?: unknown, done?: Done): void;
    unset(names: string | string[], done?: Done): void;
  };
}

const STORE = 'obc_analytics_super';
let analytics = new OpenBioCureAnalytics({ key: '' });
let started = false;
let waiting: (() => void)[] = [];
let supers: Properties = {};
let timers: Record<string, number> = {};

function run(call: () => void): void {
  if (started) call();
  else if (typeof document !== 'undefined' && waiting.length < 1_000) waiting.push(call);
}

function keep(change: (known: Properties) => void): void {
  run(() => {
    change(supers);
    analytics._super = supers;
    try {
      localStorage.setItem(STORE, JSON.stringify(supers));
    } catch {}
  });
}

function pair(name: Values, value: unknown): Properties {
  return typeof name === 'object' ? name : { [name]: value };
}

const change = (operator: string) => (name: Values, value?: unknown, done?: Done): void => {
  run(() => analytics.profile({ [operator]: pair(name, value) }));
  (typeof value === 'function' ? (value as Done) : done)?.();
};

export const mixpanel: Mixpanel = {
  init(key: string, config: MixpanelConfig = {}) {
    const { api_host, track_pageview, opt_out_tracking_by_default, ignore_dnt, loaded, ...rest } = config;
    if (started) return mixpanel;
    analytics = new OpenBioCureAnalytics({
      endpoint: api_host,
      pageViews: !!track_pageview,
      optOutByDefault: !!opt_out_tracking_by_default,
      respectDNT: ignore_dnt === false,
      ...rest,
      key,
    } as Config);
    try {
      supers = JSON.parse(localStorage.getItem(STORE)!) || {};
    } catch {}
    started = true;
    analytics._super = supers;
    for (const call of waiting.splice(0)) call();
    analytics.start();
    loaded?.(mixpanel);
    return mixpanel;
  },

  track(name: string, properties?: Properties | null, options?: unknown, done?: Done) {
    run(() => {
      const since = timers[name];
      delete timers[name];
      analytics.track(name, { ...(since && { $duration: (Date.now() - since) / 1000 }), ...properties });
    });
    (typeof options === 'function' ? (options as Done) : done)?.(1);
  },

  track_pageview(properties?: Properties) {
    run(() => analytics.page(undefined, properties));
  },

  identify(id: string) {
    run(() => analytics.identify(id));
  },

  alias(alias: string, original?: string) {
    run(() => analytics.track('$alias', { alias, ...(original && { distinct_id: original }) }));
  },

  reset() {
    keep(() => {
      supers = {};
      timers = {};
    });
    run(() => analytics.reset());
  },

  register(properties: Properties) {
    keep((known) => Object.assign(known, properties));
  },

  register_once(properties: Properties, standard: unknown = 'None') {
    keep((known) => {
      for (const name in properties) if (!(name in known) || known[name] === standard) known[name] = properties[name];
    });
  },

  unregister(name: string) {
    keep((known) => delete known[name]);
  },

  get_property(name: string) {
    return supers[name];
  },

  time_event(name: string) {
    const now = Date.now();
    run(() => (timers[name] = now));
  },

  set_group(key: string, id: unknown) {
    keep((known) => (known[key] = Array.isArray(id) ? id : [id]));
    run(() => [id].flat().forEach((one) => analytics.group(key, one)));
  },

  add_group(key: string, id: unknown) {
    mixpanel.set_group(key, [...new Set([...((supers[key] as unknown[]) || []), id])]);
  },

  opt_out_tracking() {
    run(() => analytics.optOut());
  },

  opt_in_tracking() {
    run(() => analytics.optIn());
  },

  has_opted_out_tracking() {
    return analytics.hasOptedOut();
  },

  has_opted_in_tracking() {
    return !analytics.hasOptedOut();
  },

  get_distinct_id() {
    return analytics.distinctId;
  },

  people: {
    set: change('$set'),
    set_once: change('$set_once'),
    append: change('$append'),
    union: change('$union'),
    increment(name: Values, by: unknown = 1, done?: Done) {
      change('$increment')(name, typeof by === 'function' ? 1 : by, typeof by === 'function' ? (by as Done) : done);
    },
    unset(names: string | string[], done?: Done) {
      run(() => analytics.profile({ $unset: [names].flat() }));
      done?.();
    },
  },
};

// a default export, against our habit: `import mixpanel from …` is what stands in the apps
export default mixpanel;
