import { type Checkpoint, signCheckpoint, toJson } from '@guichet/log-checkpoints';
import test from 'ava';
import { newCheckpointKeys } from '../fixtures.ts';
import { readCheckpoints } from './read-checkpoints.ts';

const { signer } = newCheckpointKeys();
const newCheckpoint = (sequence: bigint): Checkpoint =>
  signCheckpoint(signer, { sequence, hash: Buffer.alloc(32, 7), time: new Date('2026-11-29T10:00:00Z') });
const kept = [1n, 2n, 3n].map(newCheckpoint);
const lines = kept.map((one) => JSON.stringify(toJson(one)));

async function* inPartsOf(size: number, text: string) {
  for (let from = 0; from < text.length; from += size) yield text.slice(from, from + size);
}

test('a page of the API, checkpoints line by line and log lines are read, wherever their parts end', async (t) => {
  const page = JSON.stringify({ items: kept.map(toJson), next: null }, null, 2);
  const logLines = lines.map((line) => `{"level":30,"checkpoint":${line}}`).join('\n');
  for (const size of [1, 7, 1_000_000]) {
    for (const text of [page, lines.join('\n'), `${lines.join('\n\n')}\n`, logLines])
      t.deepEqual(await readCheckpoints(inPartsOf(size, text)), { checkpoints: kept, unread: 0 });
    const cutOff = `hello\n${lines.join('\n')}\n{"sequence":4,`;
    t.deepEqual(await readCheckpoints(inPartsOf(size, cutOff)), { checkpoints: kept, unread: 2 });
  }
  t.deepEqual(await readCheckpoints(inPartsOf(1, '')), { checkpoints: [], unread: 0 });
});

test('neither many lines nor a long one are held in memory', async (t) => {
  // Together longer than the longest string of Node.js.
  const MIB = 2 ** 20;
  async function* logs() {
    for (let count = 0; count < 300; count += 1) yield `${'x'.repeat(MIB - 1)}\n`;
    yield `${lines[0]}\n`;
    for (let count = 0; count < 300; count += 1) yield 'y'.repeat(MIB);
    yield `${lines[1]}\n${lines[2]}`;
  }
  t.deepEqual(await readCheckpoints(logs()), { checkpoints: [kept[0], kept[2]], unread: 301 });
});
