export { OpenBioCureAnalytics } from './OpenBioCureAnalytics.js';
export type { Config, Properties, TrackOptions } from './types.js';
