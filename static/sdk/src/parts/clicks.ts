import type { OpenBioCureAnalytics } from '../OpenBioCureAnalytics';
import { readEvents } from './read';

const MAX_TEXT = 100;

/** `click` for elements with `data-obc-event="<action>"`. `data-obc-mask` on it or above keeps its text out. */
export function install(analytics: OpenBioCureAnalytics): void {
  readEvents<MouseEvent>(analytics, 'clicks', ({ target }) => {
    const element = (target as Element | null)?.closest?.('[data-obc-event]');
    if (!element) return;
    const masked = element.closest('[data-obc-mask]') || element.querySelector('[data-obc-mask]') || element.matches('input, textarea, select');
    const text = masked ? undefined : (element as HTMLElement).innerText?.trim().slice(0, MAX_TEXT);
    analytics.track('click', {
      action: element.getAttribute('data-obc-event'),
      element: element.localName,
      element_id: element.id || undefined,
      text: text || undefined,
    }, { category: 'interaction' });
  });
}
