export { OpenBioCureAnalytics } from './OpenBioCureAnalytics.cjs';
export type { Config, Properties, TrackOptions } from './types.cjs';
