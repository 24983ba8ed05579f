import type { Actor, ReceivedAuditEvent } from '@guichet/contract/events';
import { logFamilyOf } from '@guichet/contract/events';
import { newId, queryOnce } from '@guichet/database';
import test from 'ava';
import fc from 'fast-check';
import { buildEvent, startTestLogging } from '../fixtures.ts';
import { upsertPeople } from '../people/store.ts';

const logging = await startTestLogging();
const { client, tokens, db } = logging;

const person = (username: string, role: Actor['role'] = 'member'): Actor => ({ id: newId(), username, role });
const [alice, bruno, agent] = [person('alice'), person('bruno'), person('agnes', 'agent')];
await queryOnce(
  db,
  upsertPeople([alice, bruno, agent].map(({ id, username }) => ({ id, username, version: 1 }))),
);
const bearer = (who: Actor) => ({
  token: tokens.issue({ userId: who.id, username: who.username, role: who.role }),
});

const actions = [
  'TRANSFER_POSTED',
  'DEPOSIT_REQUESTED',
  'WITHDRAWAL_REJECTED',
  'ACCOUNT_OPENED',
  'RIB_RENEWED',
  'LOGIN',
  'PROFILE_UPDATED',
] as const;
const operations = [newId(), newId()];
const words = ['rent', 'Salary', '100%', 'under_score'];
const traces = ['4bf92f3577b34da6a3ce929d0e0e4731', '4bf92f3577b34da6a3ce929d0e0e4732'];
const anyEvent: fc.Arbitrary<ReceivedAuditEvent> = fc
  .record({
    time: fc.date({
      min: new Date('2026-03-28T00:00:00Z'),
      max: new Date('2026-03-30T23:59:59Z'),
      noInvalidDate: true,
    }),
    service: fc.constantFrom('auth', 'accounts'),
    actor: fc.constantFrom(alice, bruno, agent, null),
    action: fc.constantFrom(...actions),
    level: fc.constantFrom('INFO' as const, 'WARNING' as const, 'ERROR' as const),
    subject: fc.constantFrom(
      null,
      { type: 'user', id: alice.id },
      { type: 'customer_record', id: alice.id },
      { type: 'account', id: newId() },
    ),
    operation_id: fc.constantFrom(null, ...operations),
    concerns: fc.subarray([alice.id, bruno.id]),
    correlation_id: fc.constantFrom(null, 'request-1', 'request-2'),
    traceparent: fc.constantFrom(null, ...traces.map((id) => `00-${id}-00f067aa0ba902b7-01`)),
    message: fc.constantFrom(...words).map((word) => `They paid the ${word} in time`),
  })
  .map(({ time, ...event }) => buildEvent({ ...event, time: time.toISOString(), data: { ip: '192.0.2.1' } }));

const stored = fc.sample(anyEvent, { numRuns: 300, seed: 7 });
const storedIds = new Set(stored.map(({ id }) => id));
await logging.store(...stored);
test.after.always(() => logging.close());

/** The rule of the contract, in its simplest form. */
function reads(event: ReceivedAuditEvent, who: Actor): boolean {
  return (
    who.role !== 'member' ||
    event.actor?.id === who.id ||
    event.concerns.includes(who.id) ||
    (event.subject?.type === 'user' && event.subject.id === who.id)
  );
}

const filters: Record<string, (event: ReceivedAuditEvent, value: string) => boolean> = {
  user: (event, value) =>
    [alice, bruno, agent].some(
      ({ id, username }) =>
        (id === value || username === value) &&
        (event.actor?.id === id ||
          (['user', 'customer_record'].includes(event.subject?.type ?? '') && event.subject?.id === id)),
    ),
  type_action: ({ action }, value) => action === value || logFamilyOf(action) === value,
  topic: ({ action }, value) =>
    value === (action === 'LOGIN' ? 'security' : action === 'PROFILE_UPDATED' ? 'profile' : 'money'),
  level: ({ level }, value) => level === value.toUpperCase(),
  service: ({ service }, value) => service === value,
  from: ({ time }, value) => time >= value,
  to: ({ time }, value) => time < value,
  q: ({ message, actor }, value) =>
    message.toLowerCase().includes(value.toLowerCase()) ||
    (actor?.username.includes(value.toLowerCase()) ?? false),
  correlation_id: (event, value) => event.correlation_id === value,
  trace_id: (event, value) => event.traceparent?.split('-')[1] === value,
  operation: (event, value) => event.operation_id === value,
};
const anyTime = fc
  .date({ min: new Date('2026-03-28T00:00:00Z'), max: new Date('2026-03-31T00:00:00Z'), noInvalidDate: true })
  .map((time) => time.toISOString());
const anyQuery = fc.record(
  {
    type_action: fc.constantFrom(...actions, 'VIREMENT', 'DEPOT', 'RETRAIT', 'COMPTE', 'UNHEARD_OF'),
    topic: fc.constantFrom('money', 'security', 'profile'),
    level: fc.constantFrom('INFO', 'warning', 'Error'),
    service: fc.constantFrom('auth', 'accounts', 'mailer'),
    from: anyTime,
    to: anyTime,
    q: fc.constantFrom('RENT', 'salary', '0%', 'r_s', '!', 'agnes', 'They'),
    correlation_id: fc.constantFrom('request-1', 'request-3'),
    trace_id: fc.constantFrom(...traces),
    operation: fc.constantFrom(...operations),
  },
  { requiredKeys: [] },
);

async function readAll(
  query: Record<string, string>,
  who: Actor,
  limit = 50,
): Promise<{ id: string; sequence: number }[]> {
  const items = [];
  for (let cursor: string | null = null; ; ) {
    const search = new URLSearchParams({
      ...query,
      limit: String(limit),
      ...(cursor === null ? {} : { cursor }),
    });
    const { status, body, text } = await client.get(`/api/logs?${search}`, bearer(who));
    if (status !== 200) throw new Error(text);
    items.push(...body.items);
    cursor = body.next;
    if (cursor === null) return items;
  }
}

test('every filter, and every combination of filters, finds what a simple model of it finds, newest first', async (t) => {
  const named = fc.oneof(
    fc.constant({ who: agent, query: {} }),
    fc
      .constantFrom(alice.id, 'bruno', 'Alice', newId(), 'nobody')
      .map((user) => ({ who: agent, query: { user } })),
    fc.constantFrom(alice, bruno).map((who) => ({ who, query: {} })),
    fc.constantFrom(alice, bruno).map((who) => ({ who, query: { user: who.username } })),
  );
  await fc.assert(
    fc.asyncProperty(anyQuery, named, async (query, { who, query: naming }) => {
      const asked: Record<string, string> = { ...query, ...naming };
      const expected = stored
        .filter((event) => reads(event, who))
        .filter((event) =>
          Object.entries(asked).every(([field, value]) =>
            (filters[field] as (typeof filters)[string])(
              event,
              field === 'user' ? value.toLowerCase() : value,
            ),
          ),
        )
        .map(({ id }) => id)
        .reverse();
      t.deepEqual(
        (await readAll(asked, who)).map(({ id }) => id).filter((id) => storedIds.has(id)),
        expected,
        JSON.stringify(asked),
      );
    }),
    { numRuns: 150 },
  );
});

test('an entry has its trace, which only those who may read all entries see', async (t) => {
  const trace_id = '4bf92f3577b34da6a3ce929d0e0e4736';
  const event = { actor: agent, concerns: [alice.id], correlation_id: 'traced' };
  await logging.store(
    buildEvent({ ...event, traceparent: `00-${trace_id}-00f067aa0ba902b7-01` }),
    buildEvent({ ...event, traceparent: null }),
  );
  const tracesFor = async (who: Actor) => {
    const { body } = await client.get('/api/logs?correlation_id=traced', bearer(who));
    return body.items.map((entry: { trace_id: unknown }) => entry.trace_id);
  };
  t.deepEqual(await tracesFor(agent), [null, trace_id]);
  t.deepEqual(await tracesFor(alice), [null, null]);
});

test('pages neither miss nor repeat an entry while new ones arrive', async (t) => {
  const correlation_id = 'pages';
  const early = Array.from({ length: 95 }, () => buildEvent({ correlation_id }));
  await logging.store(...early);
  let arriving = true;
  const arrivals = (async () => {
    while (arriving) await logging.store(buildEvent({ correlation_id }));
  })();
  const items = await readAll({ correlation_id }, agent, 10);
  arriving = false;
  await arrivals;
  const sequences = items.map(({ sequence }) => sequence);
  t.deepEqual(
    sequences,
    [...new Set(sequences)].sort((a, b) => b - a),
  );
  const ids = new Set(items.map(({ id }) => id));
  t.true(early.every(({ id }) => ids.has(id)));
});

test('a date without a time is a day of the bank, which has 23 hours when summer time begins, and `to` includes it', async (t) => {
  const at = async (time: string) => {
    const event = buildEvent({ time, action: 'TOTP_ENABLED' });
    await logging.store(event);
    return event.id;
  };
  await at('2025-03-29T22:59:59.999Z');
  const first = await at('2025-03-29T23:00:00.000Z');
  const last = await at('2025-03-30T21:59:59.999Z');
  await at('2025-03-30T22:00:00.000Z');
  const items = await readAll({ from: '2025-03-30', to: '2025-03-30', type_action: 'TOTP_ENABLED' }, agent);
  t.deepEqual(
    items.map(({ id }) => id),
    [last, first],
  );
});

test('a member reads the entries of their own actions and those that concern them, and no others', async (t) => {
  const carla = person('carla');
  const mine = buildEvent({
    actor: carla,
    action: 'LOGIN',
    subject: { type: 'user', id: carla.id },
    data: { ip: '192.0.2.7' },
  });
  const done = buildEvent({
    actor: agent,
    action: 'TRANSFER_POSTED',
    concerns: [carla.id],
    data: { ip: '192.0.2.9', amount: 5 },
  });
  await logging.store(mine, done, buildEvent({ actor: bruno }));
  const { body } = await client.get('/api/logs', bearer(carla));
  t.deepEqual(
    body.items.map((item: { id: string }) => item.id),
    [done.id, mine.id],
  );
  t.deepEqual(body.items[0].data, { amount: 5 }, 'the member does not see the address of the agent');
  t.deepEqual(body.items[1].data, { ip: '192.0.2.7' });
  t.is((await client.get('/api/logs?user=carla', bearer(carla))).body.items.length, 1);
});

test('a member sees that an operator acted on their access, but not who and where', async (t) => {
  const dora = person('dora');
  const data = { command: 'sessions end', operator: 'node', host: 'bank-auth-0' };
  const subject = { type: 'user', id: dora.id } as const;
  await logging.store(
    buildEvent({ actor: null, action: 'ADMIN_COMMAND', subject, concerns: [dora.id], data }),
  );
  const read = async (who: typeof dora) =>
    (await client.get('/api/logs?type_action=ADMIN_COMMAND', bearer(who))).body.items[0].data;
  t.deepEqual(await read(dora), { command: 'sessions end' });
  t.deepEqual(await read(agent), data);
});

test('what concerns a customer’s record is found by the customer’s name, but not by the customer', async (t) => {
  const fred = person('fred');
  const subject = { type: 'customer_record', id: fred.id };
  const noted = buildEvent({ actor: agent, action: 'CUSTOMER_NOTE_ADDED', subject, message: 'About fred' });
  const own = buildEvent({ actor: fred });
  await logging.store(noted, own);
  t.deepEqual(
    (await readAll({ user: fred.id }, agent)).map(({ id }) => id),
    [own.id, noted.id],
  );
  for (const query of ['', 'user=fred', `concerns=${fred.id}`, 'type_action=CUSTOMER_NOTE_ADDED', 'q=fred']) {
    const { body } = await client.get(`/api/logs?${query}`, bearer(fred));
    t.false(
      body.items.some(({ id }: { id: string }) => id === noted.id),
      query,
    );
  }
  const { body: stats } = await client.get('/api/logs/stats', bearer(fred));
  t.is(stats.by_action.CUSTOMER_NOTE_ADDED, undefined);
  const { text } = await client.get('/api/logs/export?format=ndjson', bearer(fred));
  t.false(text.includes(noted.id));
});

test('a member who filters by another user is refused, and the refusal is logged', async (t) => {
  const dora = person('dora');
  for (const query of ['user=bruno', `user=${bruno.id}`, 'user=nobody', 'user=5', `concerns=${bruno.id}`]) {
    const { status, body } = await client.get(`/api/logs?${query}`, bearer(dora));
    t.is(status, 403, query);
    t.is(body.code, 'forbidden');
  }
  const { body } = await client.get('/api/logs?type_action=ACCESS_DENIED&level=warning', bearer(dora));
  t.is(body.items.length, 5);
  t.is(body.items[0].service, 'logging');
});

test('`concerns` finds entries whose subject belongs to the user', async (t) => {
  const emil = person('emil');
  const event = buildEvent({ actor: agent, concerns: [emil.id] });
  await logging.store(event);
  t.deepEqual(await readAll({ user: emil.id }, agent), []);
  t.is((await readAll({ concerns: emil.id }, agent)).length, 1);
});

test('an invalid query is refused with the name of the wrong field', async (t) => {
  const wrong = [
    'limit=0',
    'limit=201',
    'limit=ten',
    'level=LOUD',
    'topic=gossip',
    'from=yesterday',
    'from=2026-13-01',
    'to=2026-02-30',
    'from=9999-12-31T23:59:59Z',
    'operation=7',
    'type_action=DROP%20TABLE',
    'cursor=nonsense',
    'cursor=WzBd',
    'unheard_of=1',
    'q=',
    'level=INFO&level=ERROR',
    'service=%C3%A9',
  ];
  for (const query of wrong) {
    const { status, body } = await client.get(`/api/logs?${query}`, bearer(agent));
    t.is(status, 400, query);
    t.is(body.code, 'invalid_request');
    t.true(body.errors.length > 0, query);
  }
});

test('the trailing slash is optional, and only GET is allowed', async (t) => {
  t.is((await client.get('/api/logs/', bearer(agent))).status, 200);
  for (const path of ['', '/stats', '/stream', '/export', '/verify']) {
    const { status, body, headers } = await client.post(`/api/logs${path}`, {}, bearer(agent));
    t.is(status, 405, path);
    t.is(body.code, 'method_not_allowed');
    t.regex(String(headers.allow), /GET/);
  }
});

test('a request without a token, or with a token that lacks the scope, is refused', async (t) => {
  for (const path of ['', '/stats', '/stream', '/export?format=csv', '/verify']) {
    t.is((await client.get(`/api/logs${path}`)).body.code, 'unauthenticated', path);
    const token = tokens.issue({ role: 'agent', scopes: ['profile'] });
    t.is((await client.get(`/api/logs${path}`, { token })).body.code, 'insufficient_scope', path);
  }
});
