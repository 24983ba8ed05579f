import { executionDay, isBusinessDay, nextBusinessDay } from '@guichet/calendar';
import test from 'ava';
import fc from 'fast-check';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';
import { nextAttempt } from '../operations/dates.ts';
import { executeDue } from './execute-due.ts';
import { expireOperations } from './expire-operations.ts';

/** An IBAN of another bank. */
const ELSEWHERE = 'FR7630006000011234567890189';
const at = (date: string, time = '07:00') => new Date(`${date}T${time}:00+01:00`);

interface Situation {
  bank: TestBank;
  agent: TestPerson;
  alice: TestPerson;
  account: string;
}

// The tests move the clock of one bank.
const bank = await openTestBank();
test.after.always(() => bank.close());

/** Monday, 30 November 2026, with a member whose account holds 1,000. */
async function situation(balance = 1_000): Promise<Situation> {
  bank.time.now = at('2026-11-30');
  const [agent, alice] = [await bank.person('agent'), await bank.person('member')];
  return { bank, agent, alice, account: await bank.account(alice, agent, balance) };
}

async function ask({ bank, alice, account }: Situation, body: object): Promise<{ id: string }> {
  const reply = await bank.client.post(
    '/api/operations',
    {
      type: 'external_transfer',
      from_account_id: account,
      to: { name: 'Landlord', iban: ELSEWHERE },
      amount: 400,
      ...body,
    },
    { token: alice.token },
  );
  if (reply.status !== 201) throw new Error(reply.text);
  return reply.body;
}

const shown = async ({ bank, alice }: Situation, id: string) =>
  (await bank.client.get(`/api/operations/${id}`, { token: alice.token })).body;

const accountOf = async ({ bank, alice, account }: Situation) =>
  (await bank.client.get(`/api/accounts/${account}`, { token: alice.token })).body;

/** Executes what is due at that time, twice at once. */
async function executeAt({ bank }: Situation, time: Date): Promise<void> {
  bank.time.now = time;
  await Promise.all([1, 2].map(() => executeDue(bank.deps, (command) => bank.queue.decide(command))));
}

/** The actions in the outbox about one operation, in order, and the outcomes of its mails. */
async function told({ bank }: Situation, id: string): Promise<{ logged: string[]; mailed: string[] }> {
  const rows: { subject: string; payload: string }[] = await bank.deps
    .db('outbox')
    .select('subject', 'payload')
    .orderBy('sequence');
  const all = rows.flatMap(({ subject, payload }) => {
    const parsed = JSON.parse(payload);
    return (Array.isArray(parsed) ? parsed : [parsed]).map((event) => ({ subject, event }));
  });
  const about = all.filter(({ event }) => event.data?.operation_id === id);
  return {
    logged: about.flatMap(({ event }) => event.action ?? []),
    mailed: about.flatMap(({ event }) => (event.template ? (event.data.outcome ?? event.data.status) : [])),
  };
}

async function reconciles({ bank, agent }: Situation): Promise<boolean> {
  return (await bank.client.post('/api/ledger/reconciliation', undefined, { token: agent.token })).body.ok;
}

test.serial(
  'a transfer with a date holds nothing, waits once it is approved, and is posted in the morning of its day, once',
  async (t) => {
    const now = await situation();
    const { id } = await ask(now, { execute_on: '2026-12-02' });
    t.like(await shown(now, id), { status: 'pending', execute_on: '2026-12-02', due_on: null });
    t.like(await accountOf(now), { balance: 1_000, held: 0, available: 1_000 });

    const approved = await now.bank.approve(now.agent, id);
    t.like(approved.body, { status: 'approved', due_on: '2026-12-02', transfer_id: null, decided_at: null });
    t.is(approved.body.decisions.length, 1);
    t.true(await reconciles(now));
    t.is((await now.bank.approve(now.agent, id)).body.code, 'not_pending');

    await executeAt(now, at('2026-12-01', '23:59'));
    await executeAt(now, at('2026-12-02', '05:59'));
    t.like(await shown(now, id), { status: 'approved', due_on: '2026-12-02' });
    await executeAt(now, at('2026-12-02', '06:00'));
    await executeAt(now, at('2026-12-03'));
    t.like(await shown(now, id), { status: 'posted', transfer_id: id, due_on: null, refusal: null });
    t.like(await accountOf(now), { balance: 600, held: 0 });
    const entries = await now.bank.client.get(`/api/operations/${id}/entries`, { token: now.alice.token });
    t.is(entries.body.items.length, 1);
    t.deepEqual(await told(now, id), {
      logged: ['TRANSFER_REQUESTED', 'TRANSFER_SCHEDULED', 'DECISION_REFUSED', 'TRANSFER_POSTED'],
      mailed: ['scheduled', 'posted'],
    });
    t.true(await reconciles(now));
  },
);

test.serial('the day is from tomorrow until a year ahead', async (t) => {
  const now = await situation();
  const request = (execute_on: string) =>
    now.bank.client.post(
      '/api/operations',
      {
        type: 'external_transfer',
        from_account_id: now.account,
        to: { name: 'L', iban: ELSEWHERE },
        amount: 1,
        execute_on,
      },
      { token: now.alice.token },
    );
  for (const date of ['2026-11-29', '2026-11-30', '2027-12-01', '2026-02-30', '2026-12-1', '']) {
    const reply = await request(date);
    t.like(reply, { status: 400, body: { code: 'invalid_request' } }, date);
    t.is(reply.body.errors[0].path, 'execute_on');
  }
  for (const date of ['2026-12-01', '2027-11-30']) t.is((await request(date)).status, 201, date);
  // In the bank's time zone, the first of December has begun.
  now.bank.time.now = new Date('2026-11-30T23:30:00Z');
  t.is((await request('2026-12-01')).status, 400);
});

test.serial(
  'money leaves for another bank on a business day; a transfer within the bank keeps its day',
  async (t) => {
    const now = await situation();
    const other = await now.bank.account(now.alice, now.agent);
    const away = await ask(now, { execute_on: '2026-12-25' });
    const within = await ask(now, {
      type: 'internal_transfer',
      to: undefined,
      to_account_id: other,
      execute_on: '2026-12-25',
    });
    t.is((await now.bank.approve(now.agent, away.id)).body.due_on, '2026-12-28');
    t.is((await now.bank.approve(now.agent, within.id)).body.due_on, '2026-12-25');
    await executeAt(now, at('2026-12-25'));
    t.is((await shown(now, away.id)).status, 'approved');
    t.is((await shown(now, within.id)).status, 'posted');
    // The bank was down on Monday and Tuesday, and on New Year's Day nothing leaves.
    await executeAt(now, at('2027-01-01'));
    t.like(await shown(now, away.id), { status: 'approved', due_on: '2027-01-04', refusal: null });
    await executeAt(now, at('2027-01-04'));
    t.is((await shown(now, away.id)).status, 'posted');
    t.deepEqual((await told(now, away.id)).mailed, ['scheduled', 'postponed', 'posted']);
  },
);

test.serial(
  'if money is lacking, it is tried again on the next two business days; then it comes to nothing, and shows why',
  async (t) => {
    const now = await situation(100);
    const [lost, saved] = [
      await ask(now, { execute_on: '2026-12-03' }),
      await ask(now, { execute_on: '2026-12-03' }),
    ];
    for (const { id } of [lost, saved]) await now.bank.approve(now.agent, id);
    for (const [day, next] of [
      ['2026-12-03', '2026-12-04'],
      ['2026-12-04', '2026-12-07'],
    ] as const) {
      await executeAt(now, at(day));
      await executeAt(now, at(day, '20:00'));
      t.like(await shown(now, lost.id), {
        status: 'approved',
        due_on: next,
        refusal: { code: 'insufficient_funds' },
      });
    }
    const deposit = await ask(now, {
      type: 'deposit',
      account_id: now.account,
      from_account_id: undefined,
      to: undefined,
      amount: 300,
    });
    await now.bank.approve(now.agent, deposit.id);
    await executeAt(now, at('2026-12-07'));
    const ends = [await shown(now, lost.id), await shown(now, saved.id)];
    t.deepEqual(ends.map(({ status }) => status).sort(), ['expired', 'posted']);
    const [failed, posted] = ends[0].status === 'expired' ? [lost, saved] : [saved, lost];
    t.like(await shown(now, failed.id), { due_on: null, refusal: { code: 'insufficient_funds' } });
    t.like(await accountOf(now), { balance: 0, held: 0 });
    t.deepEqual(await told(now, failed.id), {
      logged: [
        'TRANSFER_REQUESTED',
        'TRANSFER_SCHEDULED',
        'TRANSFER_POSTPONED',
        'TRANSFER_POSTPONED',
        'TRANSFER_EXPIRED',
      ],
      mailed: ['scheduled', 'postponed', 'postponed', 'failed'],
    });
    t.is((await told(now, posted.id)).mailed.at(-1), 'posted');
    t.true(await reconciles(now));
  },
);

test.serial('a payee with a new RIB ends a scheduled transfer at once', async (t) => {
  const now = await situation();
  const bob = await now.bank.person('member');
  const theirs = await now.bank.account(bob, now.agent);
  const { iban } = (await now.bank.client.get(`/api/accounts/${theirs}`, { token: bob.token })).body;
  const { id } = await ask(now, { to: { name: 'Bob', iban }, execute_on: '2026-12-01' });
  await now.bank.approve(now.agent, id);
  const renewal = await now.bank.client.post(`/api/accounts/${theirs}/rib`, undefined, { token: bob.token });
  await now.bank.approve(now.agent, renewal.body.id);
  await executeAt(now, at('2026-12-01'));
  t.like(await shown(now, id), { status: 'expired', refusal: { code: 'retired_rib' } });
  t.like(await accountOf(now), { balance: 1_000 });
});

test.serial(
  'until its day, the requester can cancel a scheduled transfer, another agent can reject it, and it is not theirs to post',
  async (t) => {
    const now = await situation();
    const second = await now.bank.person('agent');
    const [one, two] = [
      await ask(now, { execute_on: '2026-12-01' }),
      await ask(now, { execute_on: '2026-12-01' }),
    ];
    for (const { id } of [one, two]) await now.bank.approve(now.agent, id);
    const { client } = now.bank;
    t.is((await now.bank.approve(second, two.id)).body.code, 'not_pending');
    const reject = (by: TestPerson) =>
      client.post(`/api/operations/${two.id}/reject`, { reason: 'A scam' }, { token: by.token });
    t.is((await reject(now.agent)).body.code, 'already_decided_by_you');
    t.is(
      (await client.post(`/api/operations/${one.id}/cancel`, undefined, { token: now.alice.token })).body
        .status,
      'cancelled',
    );
    t.like((await reject(second)).body, { status: 'rejected', due_on: null });
    await executeAt(now, at('2026-12-02'));
    t.like(await accountOf(now), { balance: 1_000, held: 0 });
    t.is((await shown(now, one.id)).status, 'cancelled');
  },
);

test.serial(
  'it is found among the approved ones, and by no agent as work; it does not expire while it waits',
  async (t) => {
    const now = await situation();
    const { id } = await ask(now, { execute_on: '2027-11-01' });
    await now.bank.approve(now.agent, id);
    const { client } = now.bank;
    const listed = await client.get('/api/operations?status=approved', { token: now.alice.token });
    t.deepEqual(
      listed.body.items.map((one: { id: string; due_on: string }) => [one.id, one.due_on]),
      [[id, '2027-11-01']],
    );
    const inbox = await client.get('/api/inbox', { token: now.agent.token });
    t.false(inbox.body.items.some((one: { operation: { id: string } }) => one.operation.id === id));
    now.bank.time.now = at('2027-10-31');
    await expireOperations(now.bank.deps, (command) => now.bank.queue.decide(command));
    t.is((await shown(now, id)).status, 'approved');
    t.true(await reconciles(now));
  },
);

test.serial(
  'an approval that comes after the day executes it at the next opportunity, and two agents are needed above the threshold',
  async (t) => {
    const now = await situation(900_000);
    const second = await now.bank.person('agent');
    const overdraft = `/api/accounts/${now.account}/overdraft`;
    await now.bank.client.put(overdraft, { amount: 900_000 }, { token: now.agent.token });
    const { id } = await ask(now, { amount: 1_500_000, execute_on: '2026-12-01' });
    now.bank.time.now = at('2026-12-03');
    t.like((await now.bank.approve(now.agent, id)).body, { status: 'approved', due_on: null });
    await executeAt(now, at('2026-12-03'));
    t.is((await shown(now, id)).status, 'approved');
    t.like((await now.bank.approve(second, id)).body, { status: 'approved', due_on: '2026-12-03' });
    await executeAt(now, at('2026-12-03', '12:00'));
    t.is((await shown(now, id)).status, 'posted');
  },
);

test.serial('an expiry that comes after the approval does not end a scheduled transfer', async (t) => {
  const now = await situation();
  const { id } = await ask(now, { execute_on: '2027-03-01' });
  await now.bank.approve(now.agent, id);
  now.bank.time.now = at('2027-02-01');
  const expire = { operationId: id, action: 'expire', by: null, reason: null } as const;
  const outcome = await now.bank.queue.decide({ ...expire, correlationId: null, idempotency: null });
  t.like(outcome, { refusal: { code: 'not_pending' } });
  t.is((await shown(now, id)).status, 'approved');
});

test('any date leads to a day on which it can be executed, at most five days later, and after three attempts there is none', (t) => {
  const dates = fc
    .date({ min: new Date('2026-01-01'), max: new Date('2046-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
  fc.assert(
    fc.property(dates, (date) => {
      t.is(executionDay(date, false), date);
      const away = executionDay(date, true);
      t.true(isBusinessDay(away) && away >= date);
      t.is(nextAttempt(away, 1), nextBusinessDay(away));
      t.is(nextAttempt(away, 3), null);
    }),
  );
});
