import type { Config, Properties, TrackOptions } from './types.js';
/**
 * Analytics of one document: `track`, `identify`, `page`, `reset`, `flush`.
 *
 * The constructor has no effect and runs anywhere; `start()` needs a document. No call ever throws.
 */
export declare class OpenBioCureAnalytics {
    private _started;
    private _running;
    private _listening;
    private _loading;
    private _off;
    private _batches;
    private _socket?;
    private _lock;
    private _hold;
    private _sessions;
    private _device;
    private _deviceInfo?;
    private _correlation;
    private _url;
    private _context;
    private _contextOf;
    private _hiddenAt;
    private _saving;
    private _due;
    constructor(config?: Config);
    /** Begin to collect and to deliver; a second call does nothing. */
    start(): this;
    /** One event. `properties` are copied at once; a later change of theirs does no harm. */
    track(name: string, properties?: Properties, options?: TrackOptions): void;
    /** `<element>_<action>`, such as `button_click`, with `element_id`. */
    trackAction(action: string, element: string, id?: string, properties?: Properties): void;
    /** From now on this user acts; `traits` become the profile's. The device's earlier events are linked to it. */
    identify(userId: string | number, traits?: Properties): void;
    /** A page view. Automatic ones need no call. */
    page(name?: string, properties?: Properties): void;
    /** An error that the application caught. */
    captureError(error: unknown, properties?: Properties): void;
    /** `$set`, `$set_once`, `$increment`, `$append`, `$union` or `$unset` on the user's profile. */
    profile(change: Properties): void;
    /** Tie another id to this user. */
    alias(alias: string): void;
    /** The user belongs to a group, such as a company. */
    group(key: string, id: unknown): void;
    /** The user leaves: a new device id and a new session. What waits is still sent. */
    reset(): void;
    /** Send now, also when a hold is on. */
    flush(): void;
    /** Delete what waits and the ids; nothing is stored or sent until `optIn()`. */
    optOut(): void;
    /** The opposite of `optOut()`; it does not overrule Global Privacy Control. */
    optIn(): void;
    hasOptedOut(): boolean;
    /** The user when known, else the device's id; '' before `start()`. */
    get distinctId(): string;
    get deviceId(): string;
    get sessionId(): string;
    /** Shared by all events of one page view. */
    get correlationId(): string;
    private _begin;
    private _refused;
    private _listen;
    /** Run now, or at `start()`; never throw, never in Node. */
    private _do;
    private _track;
    /** The fields that most events of a page view share, as the rest of the JSON text. */
    private _contextAt;
    private _identify;
    private _view;
    private _hide;
    /** Born while hiding: saved in a microtask, and sent while the page may still be about to end. */
    private _saveSoon;
    private _show;
    private _restore;
    private _connect;
    private _forget;
    private _hear;
    private _wants;
    private _load;
    /** Errors whose part did not come in time are sent as they are. */
    private _drain;
}
