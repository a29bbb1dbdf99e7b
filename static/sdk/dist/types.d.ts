/** What an application may hand to the SDK. */
export type Properties = Record<string, unknown>;
export interface TrackOptions {
    /** `event_category` of the event. */
    category?: string;
    /** Ties events together that belong to one thing; by default all events of one page view share one. */
    correlationId?: string;
}
export interface Config {
    /** Write key, `obc_pk_…`. Without one the SDK does nothing. */
    key?: string;
    /** `https://analytics.example/api/v1/analytics`; default: `REACT_APP_ANALYTICS_ENDPOINT`, else this origin's. */
    endpoint?: string;
    /** `wss://analytics.example/ws/analytics`; default: `REACT_APP_ANALYTICS_WS`, else made from `endpoint`. `false`: HTTP only. */
    ws?: string | false;
    /** Global Privacy Control acts like `optOut()`; `false` turns that off. Default true. */
    respectGPC?: boolean;
    /** Do Not Track acts like `optOut()`. Default false. */
    respectDNT?: boolean;
    /** Nothing is stored or sent before `optIn()`. Default false. */
    optOutByDefault?: boolean;
    /** Page views by themselves, once per navigation. Default true; false under `AnalyticsProvider`. */
    pageViews?: boolean;
    /** Errors and unhandled rejections. Default true, as are all below. */
    errors?: boolean;
    /** LCP, CLS, INP, FCP and TTFB. */
    vitals?: boolean;
    /** Start, submission and abandonment of forms: names of fields, never values. */
    forms?: boolean;
    /** Clicks on elements with `data-obc-event`. */
    clicks?: boolean;
    /** How long each page was visible, as `page_leave`. */
    visibleTime?: boolean;
}
