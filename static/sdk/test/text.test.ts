import { expect, test } from 'vitest';
import { jsonOf } from '../src/text';

test('what cycles is left out', () => {
  const node: Record<string, unknown> = { name: 'a' };
  node.self = node;
  expect(JSON.parse(jsonOf(node))).toEqual({ name: 'a' });
});

test('a BigInt becomes text', () => {
  expect(JSON.parse(jsonOf({ n: 2n ** 64n }))).toEqual({ n: '18446744073709551616' });
});

test('nothing at all is an empty object, never the word undefined', () => {
  for (const nothing of [undefined, () => 1, Symbol('x')]) expect(jsonOf(nothing)).toBe('{}');
});
