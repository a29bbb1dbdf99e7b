import type { OpenBioCureAnalytics } from '../OpenBioCureAnalytics';
import type { PartName } from '../parts';

/** Read the events that the core kept for this part until now, and those that come. */
export function readEvents<E>(analytics: OpenBioCureAnalytics, part: PartName, reader: (event: E) => void): void {
  analytics._readers[part] = reader as (event: unknown) => void;
  for (const event of analytics._buffers[part]?.splice(0) || []) reader(event as unknown as E);
}
