import { MAIL_TEMPLATES, type ReceivedMailEvent } from '@guichet/contract/events';
import { newId, queryOnce } from '@guichet/database';
import { eventsOf } from '@guichet/outbox';
import { buildUserEvent } from '@guichet/testing';
import test, { type ExecutionContext } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';
import { saveUsers } from '../people/store.ts';
import { sendDigest } from './send-digest.ts';

const AT = '08:00';
/** Monday 30 November 2026, a quarter past eight in Paris. */
const MONDAY = new Date('2026-11-30T07:15:00.000Z');
const HOUR_MS = 3_600_000;

async function open(t: ExecutionContext, rules = {}): Promise<TestBank> {
  const bank = await openTestBank(rules);
  t.teardown(() => bank.close());
  bank.time.now = MONDAY;
  return bank;
}

/** The digests in the outbox, by the agent who gets them. */
async function digests({ deps }: TestBank): Promise<Map<string, Record<string, unknown>>> {
  const rows = await deps.db('outbox').where({ subject: 'mail.agent_digest' }).orderBy('sequence');
  const mails = rows.flatMap(eventsOf).map(({ payload }): ReceivedMailEvent => JSON.parse(payload));
  const byAgent = new Map(mails.map(({ to, data }) => ['user_id' in to ? to.user_id : '', data]));
  if (byAgent.size < mails.length) throw new Error('an agent got two mails');
  return byAgent;
}

async function deposit(bank: TestBank, member: TestPerson, accountId: string, amount: number) {
  const body = { type: 'deposit', account_id: accountId, amount };
  const reply = await bank.client.post('/api/operations', body, { token: member.token });
  return reply.body.id as string;
}

const register = (bank: TestBank, username: string) =>
  queryOnce(bank.deps.db, saveUsers([buildUserEvent({ username, status: 'pending' })]));

test('each active agent gets one mail with what they can decide, in numbers only', async (t) => {
  const bank = await open(t, { secondAgentAboveMinor: 10_000n });
  const [zoe, max] = [await bank.person('agent'), await bank.person('agent')];
  const alice = await bank.person('member', 'Alice Martin');
  const euros = await bank.account(alice, zoe);
  const yen = await bank.account(alice, zoe, 0, 'JPY');
  bank.time.now = new Date(MONDAY.getTime() - 26 * HOUR_MS);
  const large = await deposit(bank, alice, euros, 50_000);
  await bank.approve(zoe, large);
  await deposit(bank, alice, euros, 1_000);
  bank.time.now = new Date(MONDAY.getTime() - HOUR_MS);
  await deposit(bank, alice, yen, 700);
  await bank.client.post('/api/accounts', { name: 'Savings', type: 'savings' }, { token: alice.token });
  await register(bank, 'newcomer');
  await queryOnce(
    bank.deps.db,
    saveUsers([buildUserEvent({ id: newId(), username: 'gone', role: 'agent', status: 'deactivated' })]),
  );
  bank.time.now = MONDAY;

  t.deepEqual(await sendDigest(bank.deps, AT), { day: '2026-11-30', mails: 2 });
  const mails = await digests(bank);
  t.deepEqual([...mails.keys()].sort(), [zoe.id, max.id].sort());
  const common = { date: '2026-11-30', expiring: { count: 0, by: '2026-12-01' }, registrations: 1 };
  t.deepEqual(mails.get(max.id), {
    ...common,
    operations: [
      { type: 'deposit', count: 3 },
      { type: 'open_account', count: 1 },
    ],
    amounts: [
      { currency: 'EUR', amount: 51_000 },
      { currency: 'JPY', amount: 700 },
    ],
    older_than_a_day: 2,
  });
  t.deepEqual(
    mails.get(zoe.id),
    {
      ...common,
      operations: [
        { type: 'deposit', count: 2 },
        { type: 'open_account', count: 1 },
      ],
      amounts: [
        { currency: 'EUR', amount: 1_000 },
        { currency: 'JPY', amount: 700 },
      ],
      older_than_a_day: 1,
    },
    'without the request that waits for another agent after this one approved it',
  );
  for (const data of mails.values()) {
    MAIL_TEMPLATES.agent_digest.data.parse(data);
    for (const personal of [alice.id, alice.username, 'Martin', 'newcomer', euros])
      t.false(JSON.stringify(data).includes(personal), personal);
  }
});

test('an agent’s own requests are not among those that they can decide', async (t) => {
  const bank = await open(t, { secondAgentAboveMinor: 10_000n });
  const [zoe, max] = [await bank.person('agent'), await bank.person('agent')];
  const account = await bank.account(await bank.person('member'), zoe);
  await bank.client.put(`/api/accounts/${account}/overdraft`, { amount: 50_000 }, { token: zoe.token });
  await sendDigest(bank.deps, AT);
  t.deepEqual([...(await digests(bank)).keys()], [max.id]);
});

test('what expires before the end of the next business day is counted, also over a weekend', async (t) => {
  const bank = await open(t, { operationTtlHours: 72 });
  const agent = await bank.person('agent');
  const alice = await bank.person('member');
  const account = await bank.account(alice, agent);
  const friday = new Date('2026-11-27T07:15:00.000Z');
  // Expires on Monday evening.
  bank.time.now = new Date('2026-11-27T20:00:00.000Z');
  await deposit(bank, alice, account, 1_000);
  bank.time.now = friday;
  await sendDigest(bank.deps, AT);
  t.like((await digests(bank)).get(agent.id), {
    date: '2026-11-27',
    expiring: { count: 1, by: '2026-11-30' },
    older_than_a_day: 0,
  });
});

test('while nothing waits there is no mail', async (t) => {
  const bank = await open(t);
  await bank.person('agent');
  t.deepEqual(await sendDigest(bank.deps, AT), { day: '2026-11-30', mails: 0 });
  t.is((await digests(bank)).size, 0);
  await register(bank, 'newcomer');
  t.is(await sendDigest(bank.deps, AT), null, 'and later that day there is none either');
  bank.time.now = new Date(MONDAY.getTime() + 24 * HOUR_MS);
  t.like(await sendDigest(bank.deps, AT), { mails: 1 }, 'registrations alone are a reason');
});

test('a digest is due from its time on business days, by the bank’s clock', async (t) => {
  const bank = await open(t);
  await bank.person('agent');
  for (const [time, day] of [
    ['2026-11-27T06:59:59Z', null], // Friday, 07:59 in Paris
    ['2026-11-27T07:00:00Z', '2026-11-27'],
    ['2026-11-28T07:15:00Z', null], // Saturday
    ['2026-11-29T07:15:00Z', null],
    ['2026-12-25T07:15:00Z', null],
    ['2027-03-26T07:15:00Z', null], // Good Friday
    ['2027-03-30T05:59:59Z', null], // summer time
    ['2027-03-30T06:00:00Z', '2027-03-30'],
    ['2027-03-31T15:00:00Z', '2027-03-31'], // the bank was down until the afternoon
  ] as const) {
    bank.time.now = new Date(time);
    t.is((await sendDigest(bank.deps, AT))?.day ?? null, day, time);
  }
});

test('replicas that send at the same time, and again after a restart, send one mail to each agent', async (t) => {
  const bank = await open(t);
  await Promise.all(Array.from({ length: 20 }, () => bank.person('agent')));
  await register(bank, 'newcomer');
  const others = [await bank.replica(), await bank.replica()];
  t.teardown(() => Promise.all(others.map((one) => one.close())));
  const all = [bank, ...others].flatMap(({ deps }) => [deps, deps]);
  const sent = await Promise.all(all.map((deps) => sendDigest(deps, AT)));
  t.deepEqual(
    sent.flatMap((one) => one?.mails ?? []),
    [20],
  );
  t.is((await digests(bank)).size, 20);
  t.is(await sendDigest(bank.deps, AT), null);
});

test('a replica that dies before it commits leaves neither mails nor a note, and another sends', async (t) => {
  const bank = await open(t);
  await bank.person('agent');
  await register(bank, 'newcomer');
  const [doomed, heir] = [await bank.replica(), await bank.replica()];
  t.teardown(() => heir.close());
  // It waits for the row of another transaction, until it dies in the middle of its own.
  const held = await bank.owner.transaction();
  await held('digests').insert({ day: '2026-11-30', sent_at: MONDAY });
  const dying = sendDigest(doomed.deps, AT).catch((error: Error) => error);
  doomed.crash();
  await held.rollback();
  t.true((await dying) instanceof Error);
  t.deepEqual(await sendDigest(heir.deps, AT), { day: '2026-11-30', mails: 1 });
  t.is((await digests(bank)).size, 1);
});
