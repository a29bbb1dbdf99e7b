import { BatchProcessor } from './BatchProcessor';
import { type Resolved, resolve, socketUrl } from './config';
import { detectDevice } from './device';
import { Hold } from './hold';
import { LocalStorageManager } from './LocalStorageManager';
import { DocumentLock } from './locks';
import { campaign, watchNavigation } from './pages';
import { loadPart, type PartName } from './parts';
import { type Entry, entryOf, ownerOf } from './queue';
import { later, listen, safely } from './safe';
import { Sessions } from './sessions';
import { isName, namesAfter, read, remove, write } from './storage';
import { jsonOf } from './text';
import type { Config, Properties, TrackOptions } from './types';
import { mark, uuid } from './uuid';
import { WebSocketManager } from './WebSocketManager';

const EARLY = 1_000; // calls kept before start()
const BUFFER = 20; // errors, clicks and the like, kept until the part that reads them is there
const CONNECT_MS = 1_000; // a visit shorter than that needs no socket
const IDLE_MS = 1_500; // parts load when the page has

const IDLE: PartName[] = ['vitals', 'forms', 'clicks', 'visible'];

/** Parts and the events they read; the core listens for them from the start. */
const HEARD = { errors: ['error', 'unhandledrejection'], clicks: ['click'], forms: ['focusin', 'change', 'submit'] };

/**
 * Analytics of one document: `track`, `identify`, `page`, `reset`, `flush`.
 *
 * The constructor has no effect and runs anywhere; `start()` needs a document. No call ever throws.
 */
export class OpenBioCureAnalytics {
  /** @internal */ _config: Resolved;
  /** @internal */ _store!: LocalStorageManager;
  /** @internal */ _navigation = 0;
  /** @internal Navigations and names that have their page view: StrictMode mounts twice. */ _pages = new Set<string>();
  /** @internal */ _user = '';
  /** @internal What parts do when the page hides (`ending`: for good) or another one is shown in its place. */
  _hiding = new Set<(ending: boolean) => void>();
  /** @internal */ _leaving: (() => void)[] = [];
  /** @internal */ _buffers: Partial<Record<PartName, Event[]>> = {};
  /** @internal */ _readers: Partial<Record<PartName, (event: Event) => void>> = {};
  /** @internal */ _super: Properties = {};
  /** @internal Calls made before `start()`. */ _early: (() => void)[] = [];
  private _started = false;
  private _running = false;
  private _listening = false;
  private _loading = new Set<PartName>();
  private _off = false;
  private _batches!: BatchProcessor;
  private _socket?: WebSocketManager | undefined;
  private _lock!: DocumentLock;
  private _hold = new Hold();
  private _sessions = new Sessions();
  private _device = '';
  private _deviceInfo?: object | undefined;
  private _correlation = '';
  private _url = '';
  private _context = '';
  private _contextOf = '';
  private _hiddenAt = 0;
  private _saving = false;
  private _due = false;

  constructor(config: Config = {}) {
    this._config = resolve(config);
  }

  /** Begin to collect and to deliver; a second call does nothing. */
  start(): this {
    if (!this._started && typeof document !== 'undefined' && this._config.key) {
      this._started = true;
      safely(() => this._begin());
    }
    return this;
  }

  /** One event. `properties` are copied at once; a later change of theirs does no harm. */
  track(name: string, properties?: Properties, options?: TrackOptions): void {
    this._do((now) => this._track(name, properties, options, now));
  }

  /** `<element>_<action>`, such as `button_click`, with `element_id`. */
  trackAction(action: string, element: string, id?: string, properties?: Properties): void {
    this.track(element + '_' + action, { ...properties, element_id: id }, { category: 'interaction' });
  }

  /** From now on this user acts; `traits` become the profile's. The device's earlier events are linked to it. */
  identify(userId: string | number, traits?: Properties): void {
    this._do((now) => this._identify(userId, traits, now));
  }

  /** A page view. Automatic ones need no call. */
  page(name?: string, properties?: Properties): void {
    this._do((now) => {
      this._due = false;
      const view = { ...(name && { name }), title: document.title, path: location.pathname, ...campaign(location.search), ...properties };
      this._track('page_view', view, { category: 'navigation' }, now);
    });
  }

  /** An error that the application caught. */
  captureError(error: unknown, properties?: Properties): void {
    this._do(() => this._hear('errors', { error, handled: true, properties } as unknown as Event));
  }

  /** `$set`, `$set_once`, `$increment`, `$append`, `$union` or `$unset` on the user's profile. */
  profile(change: Properties): void {
    this.track('$profile', change);
  }

  /** Tie another id to this user. */
  alias(alias: string): void {
    this.track('$alias', { alias });
  }

  /** The user belongs to a group, such as a company. */
  group(key: string, id: unknown): void {
    this.track('$group', { key, id });
  }

  /** The user leaves: a new device id and a new session. What waits is still sent. */
  reset(): void {
    this._do((now) => {
      this._user = '';
      remove('user');
      remove('known');
      this._sessions._renew(now);
      write('device', (this._device = uuid(now)));
    });
  }

  /** Send now, also when a hold is on. */
  flush(): void {
    this._do(() => {
      this._hold._lift();
      this._batches._schedule(0);
    });
  }

  /** Delete what waits and the ids; nothing is stored or sent until `optIn()`. */
  optOut(): void {
    safely(() => this._forget());
    write('opt_out', '1');
  }

  /** The opposite of `optOut()`; it does not overrule Global Privacy Control. */
  optIn(): void {
    write('opt_out', '0');
    this._off = false;
    if (this._started) safely(() => this._begin());
  }

  hasOptedOut(): boolean {
    return !!safely(() => this._refused());
  }

  /** The user when known, else the device's id; '' before `start()`. */
  get distinctId(): string {
    return this._user || this._device;
  }

  get deviceId(): string {
    return this._device;
  }

  get sessionId(): string {
    return safely(() => (this._running ? this._sessions._touch(Date.now()) : '')) || '';
  }

  /** Shared by all events of one page view. */
  get correlationId(): string {
    return this._correlation;
  }

  // --- start ----------------------------------------------------------------------------------------

  private _begin(): void {
    if (this._running || this._off) return;
    if (this._refused()) {
      this._off = true;
      this._early = [];
      return;
    }
    if ((document as { prerendering?: boolean }).prerendering) return listen(document, 'prerenderingchange', () => this._begin());
    const { key, _endpoint, _ws, pageViews } = this._config;
    this._running = true;
    const id = uuid().slice(0, -6) + mark(_endpoint + key);
    this._device = read('device') || uuid();
    write('device', this._device);
    this._user ||= read('user') || '';
    this._correlation = uuid();
    this._lock = new DocumentLock(id);
    this._lock._take();
    this._store = new LocalStorageManager(ownerOf(id), () => this._batches._schedule(0));
    this._socket = _ws ? new WebSocketManager(() => socketUrl(_ws, { key, user_id: this._user }), this._hold) : undefined;
    this._batches = new BatchProcessor(`${_endpoint}/batch?key=${encodeURIComponent(key!)}`, this._store, this._hold, this._socket);
    this._store._start();
    this._listen();
    this._due = pageViews !== false;
    for (const call of this._early.splice(0)) safely(call);
    this._view();
    later(() => this._connect(), CONNECT_MS);
    later(() => {
      for (const part of IDLE) if (this._wants(part)) this._load(part);
    }, IDLE_MS);
  }

  private _refused(): boolean {
    const { respectGPC, respectDNT, optOutByDefault } = this._config;
    const nav = navigator as { globalPrivacyControl?: boolean; doNotTrack?: string | null };
    const choice = read('opt_out');
    return (
      (respectGPC !== false && nav.globalPrivacyControl === true) ||
      (!!respectDNT && nav.doNotTrack === '1') ||
      choice === '1' ||
      (!!optOutByDefault && choice !== '0')
    );
  }

  private _listen(): void {
    if (this._listening) return; // after optOut() and optIn() they are there already
    this._listening = true;
    listen(document, 'visibilitychange', () => (hidden() ? this._hide(false) : this._show()));
    listen(window, 'pagehide', () => this._hide(true));
    listen(window, 'pageshow', (event: PageTransitionEvent) => event.persisted && this._restore());
    listen(window, 'online', () => {
      this.flush();
      this._connect();
    });
    listen(window, 'storage', (event: StorageEvent) => {
      if (isName(event, 'session')) this._sessions._read();
      if (isName(event, 'hold') && !event.newValue) this._batches._schedule(0);
      if (isName(event, 'opt_out') && event.newValue === '1') this._forget();
    });
    watchNavigation((before) => {
      this._url = before;
      for (const call of this._leaving) safely(call);
      this._url = '';
      this._navigation++;
      this._correlation = uuid();
      this._due = this._config.pageViews !== false;
      later(() => this._view()); // the title is the new page's by then
    });
    for (const part of ['errors', 'clicks', 'forms'] as const) {
      // errors are not captured: images that fail to load are no errors of the app
      for (const type of HEARD[part]) this._wants(part) && listen(window, type, (event: Event) => this._hear(part, event), part !== 'errors');
    }
  }

  // --- events ---------------------------------------------------------------------------------------

  /** Run now, or at `start()`; never throw, never in Node. */
  private _do(call: (now: number) => void): void {
    const now = Date.now();
    if (this._running) safely(() => call(now));
    else if (!this._off && typeof document !== 'undefined' && this._early.length < EARLY) this._early.push(() => call(now));
  }

  private _track(name: string, properties: Properties | undefined, options: TrackOptions | undefined, now: number): void {
    if (this._due && name !== 'page_view') this._view();
    const category = options?.category;
    const json =
      `{"event_id":"${uuid(now)}","event_name":${JSON.stringify('' + name)}` +
      (category ? `,"event_category":${JSON.stringify(category)}` : '') +
      `,"timestamp":"${new Date(now).toISOString()}","properties":${
        // a getter that throws costs its properties, not the event
        safely(() => jsonOf(name[0] === '$' ? properties : { ...this._super, ...properties })) || '{}'
      }` +
      this._contextAt(now, options?.correlationId || this._correlation);
    this._store._add(entryOf(json, this._store._owner) as Entry);
    if (this._hiddenAt) this._saveSoon();
    this._batches._notice();
  }

  /** The fields that most events of a page view share, as the rest of the JSON text. */
  private _contextAt(now: number, correlation: string): string {
    const session = this._sessions._touch(now);
    const url = this._url || location.href;
    const of = session + correlation + this._user + this._device + url;
    if (of !== this._contextOf) {
      this._deviceInfo ||= safely(() => detectDevice());
      this._contextOf = of;
      this._context = ',' + JSON.stringify({
        user_id: this._user || undefined, device_id: this._device, session_id: session, correlation_id: correlation,
        page_url: url, referrer: document.referrer, device_info: this._deviceInfo,
      }).slice(1);
    }
    return this._context;
  }

  private _identify(userId: string | number, traits: Properties | undefined, now: number): void {
    const user = '' + (userId ?? '');
    const known = mark(user + jsonOf(traits || {}));
    if (!user || known === read('known')) return;
    const told = user === this._user && !traits;
    this._user = user;
    write('user', user);
    write('known', known);
    this._socket?._identify(user);
    if (!told) this._track('$identify', { $set: traits || {} }, undefined, now);
  }

  private _view(): void {
    if (this._due) this.page();
  }

  // --- the document comes and goes --------------------------------------------------------------------

  private _hide(ending: boolean): void {
    if (!this._running) return;
    this._hiddenAt = Date.now();
    for (const call of this._hiding) safely(() => call(ending));
    this._drain();
    this._batches._hide();
    this._socket?._close(ending);
    if (ending) {
      this._store._freeze(true);
      this._lock._drop();
    }
  }

  /** Born while hiding: saved in a microtask, and sent while the page may still be about to end. */
  private _saveSoon(): void {
    if (this._saving) return;
    this._saving = true;
    void Promise.resolve().then(() => {
      this._saving = false;
      safely(() => (Date.now() - this._hiddenAt < 1_000 ? this._batches._hide() : this._store._save()));
    });
  }

  private _show(): void {
    this._hiddenAt = 0;
    if (this._running) this._connect();
  }

  private _restore(): void {
    this._show();
    if (!this._running) return;
    this._lock._take();
    this._store._freeze(false);
    this._batches._schedule(0);
    this._navigation++;
    this._due = this._config.pageViews !== false;
    this._view();
  }

  private _connect(): void {
    if (this._running && !hidden()) this._socket?._open();
  }

  private _forget(): void {
    this._off = true;
    this._early = [];
    const running = this._running;
    this._running = false;
    this._user = this._device = '';
    if (running) {
      this._socket?._close(true);
      this._lock._drop();
      this._store._freeze(true);
      this._store._clear();
    }
    for (const name of namesAfter('')) if (name !== 'opt_out') remove(name);
  }

  // --- parts ------------------------------------------------------------------------------------------

  private _hear(part: PartName, event: Event): void {
    const reader = this._readers[part];
    if (!this._running) return;
    if (reader) return reader(event);
    const buffer = (this._buffers[part] ||= []);
    if (buffer.length < BUFFER) buffer.push(event);
    if (part === 'errors') this._load(part);
  }

  private _wants(part: PartName): boolean {
    return this._config[part === 'visible' ? 'visibleTime' : part] !== false;
  }

  private _load(part: PartName): void {
    if (this._loading.has(part)) return;
    this._loading.add(part);
    loadPart(part).then((install) => install(this)).catch(() => safely(() => this._drain()));
  }

  /** Errors whose part did not come in time are sent as they are. */
  private _drain(): void {
    if (this._readers.errors) return;
    for (const event of this._buffers.errors?.splice(0) || []) {
      const { error, reason, message, handled } = event as unknown as { error?: Error; reason?: Error; message?: string; handled?: boolean };
      const { name = 'Error', stack, message: said = message || '' + reason } = error || reason || ({} as Partial<Error>);
      this.track('error', { type: name, message: said, stack, handled: !!handled }, { category: 'error' });
    }
  }
}

function hidden(): boolean {
  return document.visibilityState === 'hidden';
}
