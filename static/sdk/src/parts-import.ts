import type { OpenBioCureAnalytics } from './OpenBioCureAnalytics';
import type { PartName } from './parts';

/** The npm package's way to its parts: ordinary imports, which bundlers make chunks of. */
export async function loadPart(name: PartName): Promise<(analytics: OpenBioCureAnalytics) => void> {
  const parts = {
    vitals: () => import('./parts/vitals'),
    errors: () => import('./parts/errors'),
    forms: () => import('./parts/forms'),
    clicks: () => import('./parts/clicks'),
    visible: () => import('./parts/visible'),
  };
  return (await parts[name]()).install;
}
