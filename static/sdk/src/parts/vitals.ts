import type { OpenBioCureAnalytics } from '../OpenBioCureAnalytics';

/** Good up to the first, poor above the second (web.dev/articles/vitals). */
const LIMITS: Record<string, [number, number]> = {
  LCP: [2500, 4000], CLS: [0.1, 0.25], INP: [200, 500], FCP: [1800, 3000], TTFB: [800, 1800],
};
const KEPT = 10; // longest interactions

interface Shift extends PerformanceEntry { value: number; hadRecentInput: boolean }
interface Interaction extends PerformanceEntry { interactionId?: number }

/**
 * `web_vital {metric, value, rating}`, each once a page. TTFB and FCP when known; LCP, CLS and INP when
 * the page first hides, LCP at the first input at the latest. Observers are buffered, so this part may come late.
 */
export function install(analytics: OpenBioCureAnalytics): void {
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  const begin = (navigation as { activationStart?: number } | undefined)?.activationStart || 0;
  const hiddenAt = firstHidden();
  const sent = new Set<string>();
  const send = (metric: string, value: number) => {
    if (sent.has(metric)) return;
    sent.add(metric);
    const [good, poor] = LIMITS[metric]!;
    const rating = value <= good ? 'good' : value <= poor ? 'needs-improvement' : 'poor';
    const rounded = metric === 'CLS' ? Math.round(value * 1e4) / 1e4 : Math.round(value);
    analytics.track('web_vital', { metric, value: rounded, rating }, { category: 'performance' });
  };

  if (navigation && navigation.responseStart > 0) send('TTFB', Math.max(0, navigation.responseStart - begin));
  observe('paint', ({ name, startTime }) => {
    if (name === 'first-contentful-paint' && startTime < hiddenAt) send('FCP', Math.max(0, startTime - begin));
  });

  let largest: number | undefined;
  const endPaint = observe('largest-contentful-paint', ({ startTime }) => {
    if (startTime < hiddenAt && !sent.has('LCP')) largest = Math.max(0, startTime - begin);
  });
  const paint = () => {
    endPaint();
    if (largest !== undefined) send('LCP', largest);
  };
  for (const type of ['keydown', 'click']) addEventListener(type, () => setTimeout(paint), { once: true, capture: true });

  const shifts = shiftScore();
  const endShifts = observe('layout-shift', (entry) => shifts._add(entry as Shift));
  const interactions = interactionScore();
  const endEvents = observe('event', (entry) => interactions._add(entry as Interaction), { durationThreshold: 40 });
  const endFirst = observe('first-input', (entry) => interactions._add(entry as Interaction));

  analytics._hiding.add(() => {
    paint();
    for (const end of [endShifts, endEvents, endFirst]) end();
    if (sent.has('FCP')) send('CLS', shifts._worst());
    const delay = interactions._worst();
    if (delay !== undefined) send('INP', delay);
  });
}

/** Observe with what was already recorded; returns what takes in the entries still on their way. */
function observe(type: string, seen: (entry: PerformanceEntry) => void, more?: object): () => void {
  try {
    if (!PerformanceObserver.supportedEntryTypes.includes(type)) return () => {};
    const take = (entries: PerformanceEntry[]) => entries.forEach(seen);
    const observer = new PerformanceObserver((list) => take(list.getEntries()));
    observer.observe({ type, buffered: true, ...more });
    return () => take(observer.takeRecords());
  } catch {
    return () => {};
  }
}

/** CLS: the worst window of shifts less than 1 s apart and 5 s long in all. */
function shiftScore() {
  let worst = 0, sum = 0, first = 0, last = 0;
  return {
    _add({ value, hadRecentInput, startTime }: Shift): void {
      if (hadRecentInput) return;
      if (startTime - last > 1000 || startTime - first > 5000) (sum = 0), (first = startTime);
      sum += value;
      last = startTime;
      worst = Math.max(worst, sum);
    },
    _worst: () => worst,
  };
}

/** INP: the longest interaction, leaving out one for every 50. */
function interactionScore() {
  const longest = new Map<number, number>();
  let low = Infinity, high = 0;
  return {
    _add({ interactionId: id, duration }: Interaction): void {
      if (!id) return;
      low = Math.min(low, id);
      high = Math.max(high, id);
      longest.set(id, Math.max(duration, longest.get(id) || 0));
      if (longest.size > KEPT) longest.delete([...longest].reduce((a, b) => (b[1] < a[1] ? b : a))[0]);
    },
    _worst(): number | undefined {
      const count = (performance as { interactionCount?: number }).interactionCount || (high ? (high - low) / 7 + 1 : 0);
      const delays = [...longest.values()].sort((a, b) => b - a);
      return delays[Math.min(delays.length - 1, Math.floor(count / 50))];
    },
  };
}

/** When the page was first hidden: what was painted after that tells nothing. */
function firstHidden(): number {
  const states = performance.getEntriesByType('visibility-state');
  const state = states.find(({ name }) => name === 'hidden');
  return state ? state.startTime : states.length || document.visibilityState === 'visible' ? Infinity : 0;
}
