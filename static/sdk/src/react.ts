import {
  Component, createContext, createElement, useContext, useEffect, useLayoutEffect, useMemo, useRef, useState,
  type ErrorInfo, type ReactElement, type ReactNode,
} from 'react';
import { type Config, OpenBioCureAnalytics, type Properties, type TrackOptions } from './index';

export type User = string | number | { id: string | number; [trait: string]: unknown };

export interface AnalyticsProviderProps extends Omit<Config, 'key'> {
  children?: ReactNode;
  /** Config's `key`: React keeps a prop of that name for itself. */
  writeKey?: string;
  /** The same options in one object; props win. */
  config?: Config;
  /** An instance of your own; otherwise one is made from the other props. */
  client?: OpenBioCureAnalytics;
  /** Who is signed in; `null` when nobody is any more. */
  user?: User | null | undefined;
}

const Context = createContext<OpenBioCureAnalytics | undefined>(undefined);
let nobody: OpenBioCureAnalytics | undefined;

/**
 * Starts analytics when it mounts and keeps the user current. Page views and forms are the hooks' to send.
 *
 * A layout effect, because plain effects run after those of the children, whose first page view
 * would then have no user.
 */
export function AnalyticsProvider({ children, client, user, config, writeKey, ...options }: AnalyticsProviderProps): ReactElement {
  const [analytics] = useState(
    () => client || new OpenBioCureAnalytics({ pageViews: false, forms: false, key: writeKey!, ...config, ...options }),
  );
  const useEarly = typeof document === 'undefined' ? useEffect : useLayoutEffect;
  useEarly(() => {
    if (user != null) {
      const { id, ...traits } = typeof user === 'object' ? user : { id: user };
      actAs(analytics, id, traits);
    } else if (user === null) actAs(analytics, null);
    analytics.start();
  });
  return createElement(Context.Provider, { value: analytics }, children);
}

/** This user acts, or nobody (`null`); before `start()`, also for the calls that children made until then. */
function actAs(analytics: OpenBioCureAnalytics, user: string | number | null, traits?: Properties): void {
  const early = analytics._early;
  analytics._early = [];
  if (user !== null) analytics.identify(user, traits);
  else if (analytics._user || stored('user')) analytics.reset();
  analytics._early = analytics._early.concat(early);
}

function stored(name: string): string | null {
  try {
    return localStorage.getItem('obc_analytics_' + name);
  } catch {
    return null;
  }
}

/** The instance of the provider above; without one, an instance that does nothing. */
export function useAnalytics(): OpenBioCureAnalytics {
  return useContext(Context) || (nobody ||= new OpenBioCureAnalytics({ key: '' }));
}

/** A page view when this component is shown, and again when it renders after a navigation. Never twice for one. */
export function usePageTracking(name?: string, properties?: Properties): void {
  const analytics = useAnalytics();
  useEffect(() => {
    const view = analytics._navigation + '/' + (name || '');
    if (analytics._pages.has(view)) return;
    analytics._pages.add(view);
    analytics.page(name, properties);
  });
  useEffect(() => {
    const back = (event: PageTransitionEvent) => event.persisted && analytics.page(name, properties);
    window.addEventListener('pageshow', back);
    return () => window.removeEventListener('pageshow', back);
  }, [analytics, name]);
}

export interface EventTracking {
  trackEvent(name: string, properties?: Properties, options?: TrackOptions): void;
  /** `trackAction('click', 'button', 'create-project', {…})` sends `button_click`. */
  trackAction(action: string, element: string, id?: string, properties?: Properties): void;
}

export function useEventTracking(): EventTracking {
  const analytics = useAnalytics();
  return useMemo(() => ({
    trackEvent: (...args) => analytics.track(...args),
    trackAction: (...args) => analytics.trackAction(...args),
  }), [analytics]);
}

export interface FormTracking {
  trackFormStart(properties?: Properties): void;
  /** `trackFormSubmit(true)`, `trackFormSubmit(false, ['Wrong password'])`. */
  trackFormSubmit(success: boolean, errors?: string[], properties?: Properties): void;
}

/** Start, submission and abandonment (unmounted after a start, without a successful submission) of one form. */
export function useFormTracking(form: string): FormTracking {
  const analytics = useAnalytics();
  const since = useRef(0);
  const tracking = useMemo<FormTracking>(() => {
    const send = (name: string, more?: Properties) =>
      analytics.track(name, { form, ...more, ms: since.current ? Date.now() - since.current : undefined }, { category: 'form' });
    return {
      trackFormStart(properties) {
        if (since.current) return;
        send('form_start', properties);
        since.current = Date.now();
      },
      trackFormSubmit(success, errors, properties) {
        send('form_submit', { success, errors, ...properties });
        if (success) since.current = 0;
      },
    };
  }, [analytics, form]);
  useEffect(() => {
    const abandon = () => {
      if (since.current) analytics.track('form_abandon', { form, ms: Date.now() - since.current }, { category: 'form' });
      since.current = 0;
    };
    const hiding = (ending: boolean) => ending && abandon();
    analytics._hiding.add(hiding);
    return () => {
      analytics._hiding.delete(hiding);
      abandon();
    };
  }, [analytics, form]);
  return tracking;
}

export interface AnalyticsErrorBoundaryProps {
  children?: ReactNode;
  /** What to show instead; a function gets the error and a way back. */
  fallback?: ReactNode | ((error: Error, reset: () => void) => ReactNode);
}

/** Sends what its children throw while rendering, and shows `fallback`. */
export class AnalyticsErrorBoundary extends Component<AnalyticsErrorBoundaryProps, { error?: Error | undefined }> {
  static override contextType = Context;
  override state: { error?: Error | undefined } = {};

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override componentDidCatch(error: Error, info: ErrorInfo): void {
    const analytics = this.context as OpenBioCureAnalytics | undefined;
    analytics?.captureError(error, { component_stack: info.componentStack });
  }

  override render(): ReactNode {
    const { children, fallback } = this.props;
    const { error } = this.state;
    if (!error) return children;
    return typeof fallback === 'function' ? fallback(error, () => this.setState({ error: undefined })) : fallback || null;
  }
}
