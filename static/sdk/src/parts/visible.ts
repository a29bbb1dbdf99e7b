import type { OpenBioCureAnalytics } from '../OpenBioCureAnalytics';

const MIN_MS = 100;

/**
 * `page_leave` with the milliseconds the page was visible: when another page takes its place, and each time
 * it hides (a hidden tab may never come back). The sum over a page view is its visible time.
 */
export function install(analytics: OpenBioCureAnalytics): void {
  let since = visible() ? pageStart() : 0;
  const leave = () => {
    const ms = since && Math.round(performance.now() - since);
    since = 0;
    if (ms > MIN_MS) analytics.track('page_leave', { visible_ms: ms }, { category: 'navigation' });
  };
  const begin = () => {
    since = visible() ? performance.now() : 0;
  };
  analytics._hiding.add(leave);
  analytics._leaving.push(() => {
    leave();
    begin();
  });
  document.addEventListener('visibilitychange', begin);
  window.addEventListener('pageshow', begin);
}

function visible(): boolean {
  return document.visibilityState === 'visible';
}

/** When this document was first seen: this part loads a moment later. */
function pageStart(): number {
  const states = performance.getEntriesByType('visibility-state');
  return states.length > 1 ? states[states.length - 1]!.startTime || 1 : 1;
}
