import { newId } from '@guichet/database';
import { eventually } from '@guichet/testing';
import test from 'ava';
import { buildEvent, startTestLogging } from '../fixtures.ts';
import { CSV_HEADER } from './rules.ts';

const TOTAL = 18_000;
const logging = await startTestLogging();
for (let stored = 0; stored < TOTAL; stored += 2_000) {
  await logging.store(
    ...Array.from({ length: 2_000 }, () =>
      buildEvent({ message: `=SUM(1, "2") ${'x'.repeat(600)}`, data: { a: 'ü,"' } }),
    ),
  );
}
test.after.always(() => logging.close());

const { client, tokens } = logging;
const agent = { token: tokens.issue({ role: 'agent' }) };

test('a CSV export has every entry once, newest first', async (t) => {
  const { status, headers, text } = await client.get('/api/logs/export?format=csv&service=accounts', agent);
  t.is(status, 200);
  t.regex(String(headers['content-type']), /^text\/csv/);
  t.regex(String(headers['content-disposition']), /attachment; filename="log-.*\.csv"/);
  const [header, ...records] = text.split('\r\n');
  // Reading the reply as text takes the byte order mark off.
  t.is(`\ufeff${header}\r\n`, CSV_HEADER);
  t.is(records.pop(), '', 'the last record ends with a line break too');
  t.is(records.length, TOTAL);
  t.deepEqual(
    records.slice(0, 3).map((record) => Number(record.split(',')[0])),
    [TOTAL, TOTAL - 1, TOTAL - 2],
  );
  t.true(records[0]?.includes(`"'=SUM(1, ""2"")`));
});

test('an NDJSON export has one entry per line', async (t) => {
  const { text } = await client.get('/api/logs/export?format=ndjson&type_action=VIREMENT', agent);
  const lines = text.trimEnd().split('\n');
  t.is(lines.length, TOTAL);
  t.like(JSON.parse(lines[0] ?? ''), { action: 'TRANSFER_POSTED', data: { a: 'ü,"' } });
});

test('an export is not read ahead of its client, and stops when the client disconnects', async (t) => {
  let pages = 0;
  const unwatch = logging.runtime.connections.watch((statement) => {
    if (statement.includes("'INFO'") && statement.includes('FROM log_entries')) pages += 1;
  });
  t.teardown(unwatch);
  const reply = await fetch(`${client.origin}/api/logs/export?format=ndjson&level=INFO`, {
    headers: { authorization: `Bearer ${agent.token}` },
  });
  // Until the buffers on the way are full.
  const settle = async () => {
    for (let before = -1; before !== pages; ) {
      before = pages;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  };
  await settle();
  const ahead = pages;
  t.true(ahead > 0);
  t.true(ahead < 15, `${ahead} of 19 pages were read before the client read any`);
  await reply.body?.cancel();
  await settle();
  t.true(pages <= ahead + 1);
});

/** An export whose client reads nothing until it is told to. */
const slowly = (token: string) =>
  fetch(`${client.origin}/api/logs/export?format=ndjson`, { headers: { authorization: `Bearer ${token}` } });

test('an export ends with the access of its reader, however slowly they read', async (t) => {
  const sessionId = newId();
  const reply = await slowly(tokens.issue({ role: 'agent', sessionId }));
  t.is(reply.status, 200);
  tokens.revocations.add(sessionId, new Date(Date.now() + 60_000));
  await t.throwsAsync(reply.text());
});

test('an export that lasts longer than its token is whole', async (t) => {
  const token = tokens.issue({ role: 'agent', ttlSeconds: 2 });
  const reply = await slowly(token);
  t.is(reply.status, 200);
  await eventually(async () => (await client.get('/api/logs', { token })).status === 401);
  t.true((await reply.text()).trimEnd().split('\n').length >= TOTAL);
});

test('a member exports only entries that they may read', async (t) => {
  const userId = newId();
  await logging.store(buildEvent({ service: 'auth', action: 'LOGIN', concerns: [userId] }));
  const token = tokens.issue({ userId });
  const { text } = await client.get('/api/logs/export?format=ndjson', { token });
  t.is(text.trimEnd().split('\n').length, 1);
  t.is((await client.get('/api/logs/export?format=csv&user=other', { token })).status, 403);
});

test('an invalid query is refused', async (t) => {
  for (const query of ['', 'format=xml', 'format=csv&limit=5', 'format=csv&level=loud']) {
    t.is((await client.get(`/api/logs/export?${query}`, agent)).body.code, 'invalid_request', query);
  }
});
