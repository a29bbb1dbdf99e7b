import type { OpenBioCureAnalytics } from './OpenBioCureAnalytics';

export type PartName = 'vitals' | 'errors' | 'forms' | 'clicks' | 'visible';
type Install = (analytics: OpenBioCureAnalytics) => void;

declare const PARTS: Record<PartName, string>; // names with content hashes, filled in by the build
let base = '';

/** The script tag finds its parts beside itself. */
export function setPartsBase(src: string): void {
  base = src;
}

export async function loadPart(name: PartName): Promise<Install> {
  return ((await import(new URL('parts/' + PARTS[name], base).href)) as { install: Install }).install;
}
