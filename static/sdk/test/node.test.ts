import { expect, test } from 'vitest';

test('importing every entry in Node touches no global, and calls do nothing', async () => {
  const before = Object.getOwnPropertyNames(globalThis).sort();
  const { OpenBioCureAnalytics } = await import('../src/index');
  await import('../src/react');
  const { mixpanel } = await import('../src/mixpanel');
  expect(Object.getOwnPropertyNames(globalThis).sort()).toEqual(before);
  const analytics = new OpenBioCureAnalytics({ key: 'k' }).start();
  analytics.track('a');
  analytics.identify('ada');
  analytics.flush();
  mixpanel.init('k');
  mixpanel.track('a');
  expect(analytics._early).toEqual([]);
  expect(analytics.distinctId).toBe('');
});
