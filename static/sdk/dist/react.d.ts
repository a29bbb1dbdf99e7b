import { Component, type ErrorInfo, type ReactElement, type ReactNode } from 'react';
import { type Config, OpenBioCureAnalytics, type Properties, type TrackOptions } from './index.js';
export type User = string | number | {
    id: string | number;
    [trait: string]: unknown;
};
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
/**
 * Starts analytics when it mounts and keeps the user current. Page views and forms are the hooks' to send.
 *
 * A layout effect, because plain effects run after those of the children, whose first page view
 * would then have no user.
 */
export declare function AnalyticsProvider({ children, client, user, config, writeKey, ...options }: AnalyticsProviderProps): ReactElement;
/** The instance of the provider above; without one, an instance that does nothing. */
export declare function useAnalytics(): OpenBioCureAnalytics;
/** A page view when this component is shown, and again when it renders after a navigation. Never twice for one. */
export declare function usePageTracking(name?: string, properties?: Properties): void;
export interface EventTracking {
    trackEvent(name: string, properties?: Properties, options?: TrackOptions): void;
    /** `trackAction('click', 'button', 'create-project', {…})` sends `button_click`. */
    trackAction(action: string, element: string, id?: string, properties?: Properties): void;
}
export declare function useEventTracking(): EventTracking;
export interface FormTracking {
    trackFormStart(properties?: Properties): void;
    /** `trackFormSubmit(true)`, `trackFormSubmit(false, ['Wrong password'])`. */
    trackFormSubmit(success: boolean, errors?: string[], properties?: Properties): void;
}
/** Start, submission and abandonment (unmounted after a start, without a successful submission) of one form. */
export declare function useFormTracking(form: string): FormTracking;
export interface AnalyticsErrorBoundaryProps {
    children?: ReactNode;
    /** What to show instead; a function gets the error and a way back. */
    fallback?: ReactNode | ((error: Error, reset: () => void) => ReactNode);
}
/** Sends what its children throw while rendering, and shows `fallback`. */
export declare class AnalyticsErrorBoundary extends Component<AnalyticsErrorBoundaryProps, {
    error?: Error | undefined;
}> {
    static contextType: import("react").Context<OpenBioCureAnalytics | undefined>;
    state: {
        error?: Error | undefined;
    };
    static getDerivedStateFromError(error: Error): {
        error: Error;
    };
    componentDidCatch(error: Error, info: ErrorInfo): void;
    render(): ReactNode;
}
