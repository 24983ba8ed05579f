import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseSigningKeys, signCheckpoint, toJson } from '@guichet/log-checkpoints';
import test from 'ava';
import { type ChainedEntry, chainHash, GENESIS_HASH } from './chain.ts';

const page = await readFile(new URL('../../../../docs/log-chain.md', import.meta.url), 'utf8');
const blocksOf = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, block = '']) => block,
  );

/** The entries of the worked example. */
const ENTRIES: readonly ChainedEntry[] = [
  {
    sequence: 1n,
    id: '019ad000-0000-7000-8000-000000000001',
    time: new Date('2026-11-29T10:00:00.000Z'),
    level: 'INFO',
    service: 'auth',
    action: 'USER_ACTIVATED',
    actor: { id: '019ad000-0000-7000-8000-00000000000a', role: 'agent' },
    subject: { type: 'user', id: '019ad000-0000-7000-8000-00000000000b' },
    operationId: null,
    concerns: '["019ad000-0000-7000-8000-00000000000b"]',
    correlationId: 'c-1',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    message: '\ufffc activated \ufffc',
    data: '{}',
    personal:
      '[["019ad000-0000-7000-8000-00000000000a","q83vEjRWeJCrze8SNFZ4kA=="],["019ad000-0000-7000-8000-00000000000b","EjRWeJCrze8SNFZ4kKvN7w=="]]',
  },
  {
    sequence: 2n,
    id: '019ad000-0000-7000-8000-000000000002',
    time: new Date('2026-11-29T10:00:01.500Z'),
    level: 'WARNING',
    service: 'accounts',
    action: 'NO_ACTIVE_AGENT',
    actor: null,
    subject: null,
    operationId: null,
    concerns: '[]',
    correlationId: null,
    traceId: null,
    message: 'Aucun conseiller n’est disponible',
    data: '{"amount":1250}',
    personal: '[]',
  },
];

function hashes(): Buffer[] {
  const [first, second] = ENTRIES as [ChainedEntry, ChainedEntry];
  const one = chainHash(GENESIS_HASH, first);
  return [one, chainHash(one, second)];
}

test('the commands of the page recompute the hashes that the service computes, and verify a checkpoint', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-chain-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const commands = blocksOf('sh');
  t.is(commands.length, 3);
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', commands.join('\n')], {
    cwd: folder,
  });
  t.is(stdout, blocksOf('text').join(''));
  const [one, two] = hashes().map((hash) => hash.toString('hex'));
  t.deepEqual(stdout.split('\n').slice(0, 2), [one, two]);
});

test('the page has the checkpoint and the key that the service makes of the example', (t) => {
  // The key of RFC 8037, appendix A.
  const d = Buffer.from('nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A', 'base64url').toString('base64');
  const keys = parseSigningKeys([d]);
  const hash = hashes()[1] ?? GENESIS_HASH;
  const checkpoint = signCheckpoint(keys.signer, {
    sequence: 2n,
    hash,
    time: new Date('2026-11-29T10:30:00.000Z'),
  });
  const [, example = '', jwks = ''] = blocksOf('json');
  t.deepEqual(JSON.parse(example), toJson(checkpoint));
  t.deepEqual(JSON.parse(jwks), keys.published);
});

test('every field that is hashed is on the page, in its order', (t) => {
  const rows = [...page.matchAll(/^\| (\d+) \| `([\w.]+)` \|/gm)].map(([, place, name]) => [place, name]);
  const names = ['sequence', 'id', 'time', 'level', 'service', 'action', 'actor', 'subject', 'operation_id'];
  const more = ['concerns', 'correlation_id', 'trace_id', 'message', 'data', 'personal'];
  t.deepEqual(
    rows,
    [...names, ...more].map((name, index) => [String(index), name]),
  );
});
