import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LocalStorageManager } from '../src/LocalStorageManager';
import { type Entry, entryOf, ownerOf } from '../src/queue';
import { makePage } from './page';

beforeEach(makePage);
afterEach(() => void vi.unstubAllGlobals());

function fill(store: LocalStorageManager, names: string[]): Entry[] {
  return names.map((name, n) => {
    const entry = entryOf(`{"event_id":"${n}","event_name":"${name}"}`, store._owner)!;
    store._add(entry);
    return entry;
  });
}

test('past 10,000 the oldest of low priority go first, and are counted', () => {
  const store = new LocalStorageManager(ownerOf('d'), () => {});
  fill(store, Array.from({ length: 10_050 }, (_, n) => (n < 100 ? 'click' : 'numbered')));
  const ids = [...store._waiting].map(({ _id }) => +_id);
  expect(ids).toEqual(Array.from({ length: 10_000 }, (_, n) => n + 50));
  expect(store._owner._record).toMatchObject({ tracked: 10_050, dropped: { overflow: 50 } });
});

test('what is on its way is not dropped', () => {
  const store = new LocalStorageManager(ownerOf('d'), () => {});
  const [first] = fill(store, ['click']);
  first!._flying = true;
  fill(store, Array.from({ length: 10_000 }, () => 'numbered'));
  expect(store._waiting.has(first!)).toBe(true);
});

test('a verdict counts once', () => {
  const store = new LocalStorageManager(ownerOf('d'), () => {});
  const [entry] = fill(store, ['a']);
  store._settle(entry!);
  store._settle(entry!);
  expect(store._owner._record).toMatchObject({ n: 0, tracked: 1, acked: 1 });
});

test('a batch is of one document, in order, and within its bounds', () => {
  const store = new LocalStorageManager(ownerOf('d'), () => {});
  const entries = fill(store, Array.from({ length: 30 }, () => 'a'));
  expect(store._take(10, 1e6)).toEqual(entries.slice(0, 10));
  expect(store._take(10, 1)).toEqual([entries[0]]);
});

test('a localStorage that throws costs nothing', () => {
  vi.stubGlobal('localStorage', new Proxy({}, { get() { throw new Error('blocked'); } }));
  const store = new LocalStorageManager(ownerOf('d'), () => {});
  fill(store, ['a']);
  expect(() => store._save()).not.toThrow();
  expect(store._waiting.size).toBe(1);
});
