import { type Config, type Properties } from './index.cjs';
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
export declare const mixpanel: Mixpanel;
export default mixpanel;
