import test from 'ava';
import { linesOf } from '../lines-of.ts';
import { readEvents } from './read-events.ts';

/** The bytes of `text`, in pieces of `size`. */
async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  return Array.fromAsync(items);
}

const STREAM = [
  ': the stream begins\n',
  'retry: 1000\n\n',
  'id: 41\ndata: {"name":"Zoé Œuvrard 😀"}\n\n',
  'id: 42\n\n',
  'data: without an id\n\n',
  'id: 43\ndata: cut',
].join('');

for (const size of [1, 3, 1_000]) {
  test(`events are read from pieces of ${size} bytes, and one that is cut off is ignored`, async (t) => {
    t.deepEqual(await all(readEvents(inPieces(STREAM, size))), [
      { id: '41', data: '{"name":"Zoé Œuvrard 😀"}' },
      { id: '42', data: '' },
    ]);
  });

  test(`lines are read from pieces of ${size} bytes, also the last one without an end`, async (t) => {
    t.deepEqual(await all(linesOf(inPieces('é\n\n😀 two\nlast', size))), ['é', '', '😀 two', 'last']);
    t.deepEqual(await all(linesOf(inPieces('one\n', size))), ['one']);
  });
}
