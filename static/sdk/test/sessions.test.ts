import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Sessions } from '../src/sessions';
import { makePage } from './page';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 10, 24, 12);

beforeEach(makePage);
afterEach(() => void vi.unstubAllGlobals());

test('a session ends after 30 idle minutes', () => {
  const sessions = new Sessions();
  const first = sessions._touch(NOON);
  expect(sessions._touch(NOON + 30 * MINUTE)).toBe(first);
  expect(sessions._touch(NOON + 61 * MINUTE)).not.toBe(first);
});

test('a session ends after 24 hours, however busy', () => {
  const sessions = new Sessions();
  const first = sessions._touch(NOON);
  let last = first;
  for (let at = NOON; at <= NOON + 24 * 60 * MINUTE + MINUTE; at += 10 * MINUTE) last = sessions._touch(at);
  expect(last).toBe(first);
  expect(sessions._touch(NOON + 24 * 60 * MINUTE + 10 * MINUTE)).not.toBe(first);
});

test('tabs share one session', () => {
  expect(new Sessions()._touch(NOON)).toBe(new Sessions()._touch(NOON + MINUTE));
});
