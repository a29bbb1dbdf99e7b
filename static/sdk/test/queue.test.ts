import { expect, test } from 'vitest';
import { entryOf, joined, ownerOf } from '../src/queue';

const owner = ownerOf('d');
const text = (id: string, name: string) => `{"event_id":"${id}","event_name":"${name}","properties":{}}`;

test('an entry knows its id and whether it may go first', () => {
  expect(entryOf(text('1', 'click'), owner)).toMatchObject({ _id: '1', _low: true });
  expect(entryOf(text('2', 'clicked'), owner)).toMatchObject({ _id: '2', _low: false });
});

test('what is none of our texts is no entry', () => {
  expect(entryOf('{"event_name":"x"}', owner)).toBeUndefined();
});

test('joined texts stay below a length and are a JSON list', () => {
  const entries = ['1', '2', '3'].map((id) => entryOf(text(id, 'a'), owner)!);
  const two = joined(entries, text('1', 'a').length * 2 + 10);
  expect(JSON.parse(two).map((event: { event_id: string }) => event.event_id)).toEqual(['1', '2']);
  expect(joined([], 100)).toBe('[]');
});
