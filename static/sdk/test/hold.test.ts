import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Hold } from '../src/hold';
import { makePage } from './page';

beforeEach(() => {
  makePage();
  vi.useFakeTimers({ now: 1_000_000 });
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test('waits double from one second, with full jitter', () => {
  const hold = new Hold();
  const waits = [1, 2, 3, 4].map(() => (hold._fail('http'), hold._wait()));
  expect(waits).toEqual([500, 1_000, 2_000, 4_000]);
});

test('Retry-After is a minimum', () => {
  const hold = new Hold();
  hold._fail('http', 30);
  expect(hold._wait()).toBe(30_000);
});

test('from the sixth failure on nobody tries for five to six minutes, in any document', () => {
  const hold = new Hold();
  for (let i = 0; i < 6; i++) hold._fail('http');
  expect(new Hold()._wait()).toBe(330_000);
  expect(new Hold()._waitSocket()).toBe(330_000);
});

test('sockets that fail alone hold no batch back', () => {
  const hold = new Hold();
  for (let i = 0; i < 20; i++) hold._fail('socket');
  expect(hold._wait()).toBe(0);
});

test('an attempt moves the moment for the others, and lifting ends it', () => {
  const hold = new Hold();
  for (let i = 0; i < 6; i++) hold._fail('http');
  vi.setSystemTime(1_000_000 + 330_000);
  expect(new Hold()._wait()).toBe(0);
  hold._claim();
  expect(new Hold()._wait()).toBe(330_000);
  hold._lift();
  expect(new Hold()._wait()).toBe(0);
});
