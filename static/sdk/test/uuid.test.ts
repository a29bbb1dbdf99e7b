import { expect, test } from 'vitest';
import { mark, uuid } from '../src/uuid';

test('an id is a UUIDv7 of its moment', () => {
  const at = Date.UTC(2026, 10, 24);
  const id = uuid(at);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(parseInt(id.replace(/-/g, '').slice(0, 12), 16)).toBe(at);
});

test('ids of one moment differ', () => {
  expect(new Set(Array.from({ length: 1_000 }, () => uuid(1))).size).toBe(1_000);
});

test('the mark of a text is the same everywhere, and six digits', () => {
  expect(mark('')).toBe('811c9d'); // FNV-1a's offset basis, without its last byte
  expect(mark('a')).toBe('e40c29'); // 0xe40c292c
});
