import { newId, poolState } from '@guichet/database';
import { problems } from '@guichet/errors';
import { eventually } from '@guichet/testing';
import test from 'ava';
import { request } from 'undici';
import { openTestAuth, PASSWORD, type Person } from '../fixtures.ts';
import type { ReadPersonalData } from './personal-data-peer.ts';
import { SECTIONS } from './sections.ts';

const PAGE = 250;
const PATH = '/api/auth/profile/export';

/** The log of everyone in this file: this many pages, and what happens before one of them. */
const log = { pages: 1, read: 0, before: async (_page: number): Promise<void> => undefined };
const accounts = { down: false };
const readLogOf: ReadPersonalData = async ({ id }, cursor) => {
  const page = Number(cursor ?? 0);
  await log.before(page);
  log.read += 1;
  return {
    section: 'log',
    items: Array.from({ length: PAGE }, (_, index) => buildEntry(id, page * PAGE + index)),
    next: page + 1 < log.pages ? String(page + 1) : null,
  };
};
const auth = await openTestAuth({
  readLogOf,
  accounts: {
    async readPersonalData({ id }) {
      if (accounts.down) throw problems.unavailable();
      return {
        section: 'payee_checks',
        items: [{ minute: '2026-11-01T10:00:00.000Z', checks: id.length }],
        next: null,
      };
    },
  },
});
test.after.always(() => auth.close());
test.beforeEach(() => Object.assign(log, { pages: 1, read: 0, before: async () => undefined }));

function buildEntry(userId: string, sequence: number) {
  return {
    id: newId(),
    sequence: sequence + 1,
    time: '2026-11-01T10:00:00.000Z',
    level: 'INFO',
    service: 'auth',
    action: 'LOGIN',
    actor: { id: userId, username: 'alice', role: 'member' },
    subject: null,
    operation_id: null,
    message: 'x'.repeat(300),
    correlation_id: null,
    trace_id: null,
    data: {},
    hash: 'ab'.repeat(32),
  };
}

const exportOf = ({ token }: Pick<Person, 'token'>) => auth.api.get(PATH, { token });
const exportsLogged = async (id: string) =>
  (await auth.logEvents(id)).filter(({ action }) => action === 'PROFILE_EXPORTED');

async function apiToken({ token }: Person, scopes: string[]): Promise<string> {
  const body = { name: 'ci', scopes, expires_in_days: 1, password: PASSWORD };
  return (await auth.api.post('/api/auth/tokens', body, { token })).body.token;
}

/** An export whose client reads nothing until it is told to. */
async function slowly({ token }: Pick<Person, 'token'>) {
  const reply = await request(auth.api.origin + PATH, { headers: { authorization: `Bearer ${token}` } });
  return reply;
}

test.serial('an export is one JSON file that names its day, keeps the contract, and is logged', async (t) => {
  const person = await auth.person();
  log.pages = 3;
  const { status, headers, body } = await exportOf(person);
  t.is(status, 200);
  t.is(headers['cache-control'], 'no-store');
  t.regex(
    String(headers['content-disposition']),
    /^attachment; filename="personal-data-\d{4}-\d\d-\d\d\.json"$/,
  );
  t.like(body.profile, { id: person.id, username: person.username, email: person.email });
  t.is(body.sessions.length, 1);
  t.is(body.log.length, 3 * PAGE);
  t.deepEqual(body.accounts, [], 'sections without anything are there too');
  t.is(body.payee_checks.length, 1);
  t.true(body.complete);
  t.deepEqual(
    body.withheld.map(({ what }: { what: string }) => what),
    ['credentials', 'staff_notes', 'requests_of_staff'],
  );
  const [event, ...more] = await exportsLogged(person.id);
  t.like(event, { level: 'INFO', actor: { id: person.id }, subject: { type: 'user', id: person.id } });
  t.deepEqual(more, []);
});

test.serial('whether there are notes about a customer makes no difference to their export', async (t) => {
  const person = await auth.person();
  const agent = await auth.person('agent');
  const before = await exportOf(person);
  await auth.api.post(`/api/auth/users/${person.id}/notes`, { text: 'Suspicious' }, { token: agent.token });
  const after = await exportOf(person);
  t.deepEqual(after.body.withheld, before.body.withheld);
  t.is(after.text.length, before.text.length);
  t.false(after.text.includes('Suspicious'));
});

test.serial('an export has nothing of another user', async (t) => {
  const [alice, bob] = [await auth.person(), await auth.person()];
  await apiToken(bob, ['profile']);
  const { text } = await exportOf(alice);
  for (const value of [bob.id, bob.username, String(bob.email)]) t.false(text.includes(value), value);
  t.is((await auth.api.get(`${PATH}?user=${bob.id}`, { token: alice.token })).status, 400);
});

test.serial('an API token exports what its scopes cover, and says what it left out', async (t) => {
  const person = await auth.person();
  const narrow = await exportOf({ token: await apiToken(person, ['profile']) });
  t.is(narrow.status, 200);
  t.is(narrow.body.accounts, null);
  t.is(narrow.body.payee_checks, null);
  t.is(narrow.body.log, null);
  t.is(narrow.body.withheld.at(-1).what, 'token_scopes');
  const wide = await exportOf({ token: await apiToken(person, ['profile', 'accounts:read', 'logs:read']) });
  t.is(wide.body.log.length, PAGE);
  t.is(wide.body.payee_checks.length, 1);
  const without = await exportOf({ token: await apiToken(person, ['accounts:read', 'logs:read']) });
  t.is(without.body.code, 'insufficient_scope');
  t.truthy((await exportsLogged(person.id))[0]?.data.api_token_id);
});

test.serial('while a service is down there is a clear refusal, and no half of an export', async (t) => {
  const person = await auth.person();
  accounts.down = true;
  t.is((await exportOf(person)).status, 503);
  accounts.down = false;
  log.before = async () => {
    throw problems.unavailable();
  };
  const { status, body } = await exportOf(person);
  t.is(status, 503);
  t.is(body.code, 'unavailable');
  t.deepEqual(await exportsLogged(person.id), []);
  log.before = async () => undefined;
  t.is((await exportOf(person)).status, 200, 'the refused ones keep no slot');
});

test.serial('an export that fails in the middle is cut off, and is no valid JSON', async (t) => {
  const person = await auth.person();
  log.pages = 8;
  log.before = async (page) => {
    if (page === 6) throw new Error('logging died');
  };
  const { statusCode, body } = await slowly(person);
  t.is(statusCode, 200);
  let text = '';
  await t.throwsAsync(async () => {
    for await (const chunk of body) text += chunk;
  });
  t.true(text.length > 0);
  t.throws(() => JSON.parse(text));
});

test.serial('an export ends with the access of its user', async (t) => {
  const person = await auth.person();
  log.pages = 8;
  log.before = async (page) => {
    if (page === 3)
      await auth.database.db('users').where({ id: person.id }).update({ status: 'deactivated' });
  };
  const { body } = await slowly(person);
  await t.throwsAsync(body.text());
  t.true(log.read <= 5, `${log.read} pages were read`);
  t.is((await exportOf(person)).status, 401);
});

test.serial('a client that reads nothing is not read ahead for, and holds no connection', async (t) => {
  const person = await auth.person();
  log.pages = 400;
  const { used } = poolState(auth.deps.db);
  const { body } = await slowly(person);
  await eventually(async () => {
    const before = log.read;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return log.read === before;
  });
  t.true(log.read < 40, `${log.read} of 400 pages were read`);
  t.is(poolState(auth.deps.db).used, used, 'no more connections are used than before');
  t.is((await exportOf(person)).status, 503, 'one at a time');
  t.is((await exportOf(await auth.person())).status, 200, 'others are served');
  body.destroy();
  t.is(
    await eventually(async () => ((await exportOf(person)).status === 200 ? 'free again' : false)),
    'free again',
  );
});

test.serial('100,000 entries come through whole', async (t) => {
  const person = await auth.person();
  log.pages = 400;
  const { body } = await exportOf(person);
  t.is(body.log.length, 100_000);
  t.is(new Set(body.log.map(({ sequence }: { sequence: number }) => sequence)).size, 100_000);
});

const OWN_TABLES = Object.values(SECTIONS).map(({ table }) => table);
/** Tables that no section shows, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  users: 'the profile',
  failed_attempts: 'failed_attempts, which are found by their hash',
  quotas: 'mails_counted, which are found by their hash; the others count for a network address',
  refresh_tokens: 'hashes; its session says when it was used',
  recovery_codes: 'hashes; the profile says how many are left',
  revocations: 'ids of sessions that ended minutes ago',
  customer_notes: 'withheld: tipping off',
  viewings: 'when an employee last opened the page of a customer: each time is in the employee’s log',
  signing_keys: 'the bank’s own',
  outbox: 'copies of what is in the log, on their way to it for a week',
  outbox_dead_letters: 'the same, refused by the broker',
  leases: 'the bank’s own',
  scheduled_jobs: 'the bank’s own',
  schema_migrations: 'the bank’s own',
  schema_migrations_lock: 'the bank’s own',
};
/** Columns of the exported tables that are left out, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  user_id: 'the person',
  token_hash: 'a secret',
  ticket_hash: 'a secret',
  challenge_hash: 'a secret',
  device_hash: 'a hash of the browser and network',
  secret_sealed: 'a secret',
  credential_id: 'a key',
  public_key: 'a key',
  sign_count: 'detects copies of a key',
  last_step: 'detects codes that were used',
  'webauthn_challenges.id': 'a handle of minutes',
};

test('every table of the schema is in the export, or has a reason not to be', async (t) => {
  const { db } = auth.database;
  const tables = await db('information_schema.tables')
    .whereRaw('table_schema = DATABASE()')
    .select({ name: 'table_name' });
  const known = [...OWN_TABLES, ...Object.keys(EXCEPTIONS)];
  t.deepEqual(
    tables.map(({ name }) => name).filter((name) => !known.includes(name)),
    [],
  );
  for (const { table, columns } of Object.values(SECTIONS)) {
    const stored = await db('information_schema.columns')
      .whereRaw('table_schema = DATABASE()')
      .where({ table_name: table })
      .select({ name: 'column_name' });
    const missing = stored
      .map(({ name }) => name)
      .filter((name) => !columns.includes(name) && !(name in LEFT_OUT) && !(`${table}.${name}` in LEFT_OUT));
    t.deepEqual(missing, [], table);
  }
});
