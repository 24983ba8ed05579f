import test from 'ava';
import { openTestAuth, type Person } from '../fixtures.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());
let agent: Person;
let superuser: Person;
test.before(async () => {
  agent = await auth.person('agent');
  superuser = await auth.person('superuser');
});
const path = (id: string) => `/api/auth/users/${id}/notes`;
const add = (id: string, text: unknown, { token } = agent, key?: string) =>
  auth.api.post(path(id), { text }, { token, headers: key === undefined ? {} : { 'idempotency-key': key } });
const list = async (id: string, query = '', { token } = agent) =>
  (await auth.api.get(`${path(id)}${query}`, { token })).body;
const texts = async (id: string) => (await list(id)).items.map(({ text }: { text: string }) => text);

test.serial(
  'agents add notes, newest first, with author and time; agents and the superuser read them',
  async (t) => {
    const customer = await auth.user();
    const { status, body } = await add(customer.id, '  Called about the rent.\nWill call back. ');
    t.is(status, 201);
    t.like(body, {
      text: 'Called about the rent.\nWill call back.',
      author: { id: agent.id, username: agent.username },
      created_at: auth.deps.clock().toISOString(),
    });
    auth.advance(1);
    const colleague = await auth.person('agent');
    t.is((await add(customer.id, 'She called back.', colleague)).status, 201);
    t.deepEqual(await texts(customer.id), ['She called back.', body.text]);
    t.deepEqual(await list(customer.id, '', superuser), await list(customer.id));
  },
);

test.serial('notes come in pages', async (t) => {
  const customer = await auth.user();
  for (const text of ['1', '2', '3']) {
    await add(customer.id, text);
    auth.advance(1);
  }
  const first = await list(customer.id, '?limit=2');
  t.deepEqual(
    first.items.map(({ text }: { text: string }) => text),
    ['3', '2'],
  );
  const second = await list(customer.id, `?limit=2&cursor=${first.next}`);
  t.deepEqual([second.items[0].text, second.next], ['1', null]);
});

test.serial(
  'the log names the customer and the author, not the text, and nothing reaches the customer',
  async (t) => {
    const customer = await auth.person();
    const { body } = await add(customer.id, 'Sounded worried: a secret matter');
    const entries = await auth.logEvents();
    const entry = entries.findLast(({ action }) => action === 'CUSTOMER_NOTE_ADDED');
    t.like(entry, {
      level: 'INFO',
      actor: { id: agent.id, username: agent.username, role: 'agent' },
      subject: { type: 'customer_record', id: customer.id },
      concerns: [],
      data: { note_id: body.id },
    });
    t.deepEqual(entry?.names.at(-1), { of: customer.id, text: customer.username });
    const outbox = await auth.database.db('outbox').select('payload');
    t.false(JSON.stringify(outbox).includes('secret matter'));
    t.deepEqual(await auth.mails(customer.email ?? ''), []);
    for (const one of ['/api/auth/profile', '/api/auth/users/validate-token', '/api/auth/sessions'])
      t.false((await auth.api.get(one, { token: customer.token })).text.includes('secret matter'), one);
  },
);

test.serial('members neither read nor write notes, and the superuser does not write them', async (t) => {
  const [customer, other] = [await auth.person(), await auth.person()];
  await add(customer.id, 'Not for members');
  for (const id of [customer.id, other.id]) {
    t.is((await auth.api.get(path(id), { token: customer.token })).body.code, 'forbidden');
    t.is((await add(id, 'Mine', customer)).body.code, 'forbidden');
  }
  t.is((await add(customer.id, 'From above', superuser)).body.code, 'forbidden');
  t.deepEqual(await texts(customer.id), ['Not for members']);
});

test.serial('only customers have notes', async (t) => {
  const colleague = await auth.user({ role: 'agent' });
  t.is((await add(colleague.id, 'A colleague')).status, 404);
  t.is((await add(agent.id, 'Myself')).status, 403);
  for (const id of [colleague.id, superuser.id])
    t.is((await auth.api.get(path(id), { token: superuser.token })).status, 404);
});

test.serial('a customer in any state can have notes, and keeps them', async (t) => {
  for (const status of ['pending', 'active', 'deactivated', 'rejected'] as const) {
    const customer = await auth.user({ status });
    t.is((await add(customer.id, status)).status, 201, status);
    t.deepEqual(await texts(customer.id), [status]);
  }
  const customer = await auth.user();
  await add(customer.id, 'Before');
  await auth.api.post(`/api/auth/users/${customer.id}/deactivate`, {}, { token: agent.token });
  t.deepEqual(await texts(customer.id), ['Before']);
});

test.serial('the database refuses to change a note; notes go with the customer who is deleted', async (t) => {
  const { db, runtime } = auth.database;
  const [customer, other] = [await auth.user(), await auth.user()];
  for (const { id } of [customer, other]) await add(id, 'Written down');
  await t.throwsAsync(runtime('customer_notes').where({ user_id: customer.id }).update({ text: 'x' }), {
    message: /denied/,
  });
  t.is(
    (await auth.api.delete(`/api/auth/users/${customer.id}`, undefined, { token: agent.token })).status,
    204,
  );
  t.is((await auth.api.get(path(customer.id), { token: agent.token })).status, 404);
  t.deepEqual(await db('customer_notes').where({ user_id: customer.id }), []);
  t.deepEqual(await texts(other.id), ['Written down']);
});

test.serial('a note has 1 to 2,000 characters of plain text', async (t) => {
  const customer = await auth.user();
  for (const text of ['', ' \n ', 'x'.repeat(2_001), 'a\u0000b', 'a\u001bb', 5, null, undefined])
    t.is((await add(customer.id, text)).body.code, 'invalid_request', JSON.stringify(text));
  const longest = '😀'.repeat(2_000);
  t.is((await add(customer.id, longest)).body.text, longest);
  t.deepEqual(await texts(customer.id), [longest]);
});

test.serial('a repeated request gets its note, and another one under the same key is refused', async (t) => {
  const [customer, other] = [await auth.user(), await auth.user()];
  const replies = await Promise.all([1, 2, 3].map(() => add(customer.id, 'Once', agent, 'key-1')));
  t.deepEqual([...new Set(replies.map(({ body }) => body.id))].length, 1);
  t.deepEqual(replies.map(({ headers }) => headers['idempotency-replayed'] ?? 'first').sort(), [
    'first',
    'true',
    'true',
  ]);
  t.deepEqual(await texts(customer.id), ['Once']);
  t.is((await add(customer.id, 'Twice', agent, 'key-1')).body.code, 'idempotency_key_reused');
  t.is((await add(other.id, 'Once', agent, 'key-1')).body.code, 'idempotency_key_reused');
  const colleague = await auth.person('agent');
  t.is((await add(customer.id, 'Hers', colleague, 'key-1')).status, 201, 'each agent has their own keys');
});

test.serial('an agent who was deactivated meanwhile adds nothing', async (t) => {
  const customer = await auth.user();
  const colleague = await auth.person('agent');
  await auth.api.post(`/api/auth/users/${colleague.id}/deactivate`, {}, { token: superuser.token });
  t.is((await add(customer.id, 'Too late', colleague)).status, 401);
  t.deepEqual(await texts(customer.id), []);
});
