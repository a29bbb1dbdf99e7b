export { OpenBioCureAnalytics } from './OpenBioCureAnalytics';
export type { Config, Properties, TrackOptions } from './types';
