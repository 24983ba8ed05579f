import { Readable } from 'node:stream';
import { newId } from '@guichet/database';
import { eventually, testTokens } from '@guichet/testing';
import test, { type ExecutionContext } from 'ava';
import { buildEvent, startTestLogging } from '../fixtures.ts';

const real = testTokens();
/** API tokens whose owner has lost a second factor that staff need. */
const narrowed = new Set<string>();
const verify: typeof real.verify = async (token) => {
  const caller = await real.verify(token);
  return narrowed.has(caller.sessionId) ? { ...caller, scopes: ['profile'] } : caller;
};
const logging = await startTestLogging({ perUser: 2, tokens: { ...real, verify } });
test.after.always(() => logging.close());
const { client, tokens } = logging;

/** Follows the log as a browser's EventSource does. */
async function follow(
  t: ExecutionContext,
  token: string,
  query = '',
  lastEventId?: bigint | number | string,
) {
  const reply = await fetch(`${client.origin}/api/logs/stream${query}`, {
    headers: {
      authorization: `Bearer ${token}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }),
    },
  });
  const body = Readable.fromWeb(reply.body as import('node:stream/web').ReadableStream);
  const { status, headers } = reply;
  const reader = {
    status,
    headers,
    text: '',
    ended: false,
    events: [] as { sequence: number; id: string }[],
    close,
  };
  let read = 0;
  function close() {
    body.destroy();
  }
  t.teardown(close);
  body.on('error', () => undefined);
  body.on('data', (chunk) => {
    reader.text += chunk;
    const blocks = reader.text.slice(read).split('\n\n').slice(0, -1);
    for (const block of blocks) {
      read += block.length + 2;
      if (block.startsWith('id: ')) reader.events.push(JSON.parse(block.split('\ndata: ')[1] ?? ''));
    }
  });
  body.on('close', () => {
    reader.ended = true;
  });
  await eventually(() => reader.text.startsWith('retry: ') || status !== 200);
  return reader;
}

test('a client receives new entries that match the filter, and no older ones', async (t) => {
  const correlation_id = 'stream-new';
  await logging.store(buildEvent({ correlation_id }));
  const reader = await follow(
    t,
    tokens.issue({ role: 'agent' }),
    `?correlation_id=${correlation_id}&level=error`,
  );
  t.is(reader.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  const wanted = buildEvent({ correlation_id, level: 'ERROR' });
  await logging.store(buildEvent({ correlation_id }), wanted, buildEvent({ level: 'ERROR' }));
  await eventually(() => reader.events.length > 0);
  t.deepEqual(
    reader.events.map(({ id }) => id),
    [wanted.id],
  );
  t.regex(reader.text, new RegExp(`id: ${reader.events[0]?.sequence}\ndata: `));
});

test('a client that reconnects with its last id neither misses nor repeats an entry', async (t) => {
  const correlation_id = 'stream-back';
  const first = await logging.store(buildEvent({ correlation_id }));
  const missed = Array.from({ length: 450 }, () => buildEvent({ correlation_id }));
  await logging.store(...missed);
  const token = tokens.issue({ role: 'agent' });
  const reader = await follow(t, token, `?correlation_id=${correlation_id}`, first.head);
  const later = buildEvent({ correlation_id });
  await logging.store(later);
  await eventually(() => reader.events.length >= 451);
  t.deepEqual(
    reader.events.map(({ id }) => id),
    [...missed, later].map(({ id }) => id),
  );
});

test('a member follows only entries that they may read', async (t) => {
  const userId = newId();
  const reader = await follow(t, tokens.issue({ userId }));
  await logging.store(buildEvent(), buildEvent({ concerns: [userId] }), buildEvent());
  await eventually(() => reader.events.length > 0);
  await logging.store(buildEvent({ actor: { id: userId, username: 'x', role: 'member' } }));
  await eventually(() => reader.events.length === 2);
  t.is((await follow(t, tokens.issue({ userId }), '?user=another')).status, 403);
});

test('the stream ends when the token expires or its session ends', async (t) => {
  const expiring = await follow(t, tokens.issue({ role: 'agent', ttlSeconds: 2 }));
  const sessionId = newId();
  const revoked = await follow(t, tokens.issue({ role: 'agent', sessionId }));
  const staying = await follow(t, tokens.issue({ role: 'agent' }));
  tokens.revocations.add(sessionId, new Date(Date.now() + 60_000));
  await eventually(() => revoked.ended && expiring.ended);
  t.false(staying.ended);
});

test('the stream ends when its token may no longer read the log', async (t) => {
  const sessionId = newId();
  const reader = await follow(t, tokens.issue({ role: 'agent', sessionId, kind: 'api' }));
  const staying = await follow(t, tokens.issue({ role: 'agent' }));
  narrowed.add(sessionId);
  await eventually(() => reader.ended);
  t.false(staying.ended);
});

test('a user has a limited number of streams: a new one ends the oldest', async (t) => {
  const userId = newId();
  const readers: Awaited<ReturnType<typeof follow>>[] = [];
  for (let number = 0; number < 3; number += 1) readers.push(await follow(t, tokens.issue({ userId })));
  await eventually(() => readers[0]?.ended);
  t.deepEqual(
    readers.map(({ ended }) => ended),
    [true, false, false],
  );
});

test('the stream of a client that disconnects is removed', async (t) => {
  const userId = newId();
  const before = await follow(t, tokens.issue({ userId }));
  const size = logging.streams.size;
  before.close();
  t.truthy(await eventually(() => logging.streams.size < size));
});

test('an invalid query is refused', async (t) => {
  const token = tokens.issue({ role: 'agent' });
  t.is(
    (await client.get('/api/logs/stream', { token, headers: { 'last-event-id': 'x' } })).body.code,
    'invalid_request',
  );
  t.is((await client.get('/api/logs/stream?limit=1', { token })).body.code, 'invalid_request');
});
