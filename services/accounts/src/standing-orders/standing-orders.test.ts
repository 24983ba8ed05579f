import { newId, queryOnce, transaction } from '@guichet/database';
import { buildUserEvent, eventually } from '@guichet/testing';
import test from 'ava';
import type { CommandQueue } from '../command-queue.ts';
import type { DecisionCommand } from '../decisions/batch-state.ts';
import { executeDue } from '../decisions/execute-due.ts';
import { makePayments } from '../decisions/make-payments.ts';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';
import type { Operation } from '../operations/operation.ts';
import { lockOrders } from '../operations/order-store.ts';
import { insertOperations, readOperations } from '../operations/store.ts';
import { saveUsers } from '../people/store.ts';
import { changeOrder } from './change-order.ts';

/** An IBAN of another bank. */
const ELSEWHERE = 'FR7630006000011234567890189';
const at = (date: string, time = '07:00') => new Date(`${date}T${time}:00+01:00`);

// The tests move the clock of one bank.
const bank = await openTestBank();
test.after.always(() => bank.close());

interface Situation {
  agent: TestPerson;
  alice: TestPerson;
  account: string;
  bank: TestBank;
}

/** Monday, 30 November 2026, with a member whose account holds 1,000. */
async function situation(balance = 1_000, where = bank): Promise<Situation> {
  where.time.now = at('2026-11-30');
  const [agent, alice] = [await where.person('agent'), await where.person('member')];
  return { bank: where, agent, alice, account: await where.account(alice, agent, balance) };
}

const post = ({ bank, alice }: Situation, path: string, body?: object, headers?: Record<string, string>) =>
  bank.client.post(`/api/standing-orders${path}`, body, {
    token: alice.token,
    ...(headers ? { headers } : {}),
  });

const ask = (now: Situation, body: object = {}) =>
  post(now, '', {
    from_account_id: now.account,
    to: { name: 'Landlord', iban: ELSEWHERE },
    amount: 400,
    every: 'month',
    first_on: '2026-12-01',
    ...body,
  });

/** A standing order that an agent has approved. */
async function active(now: Situation, body: object = {}): Promise<string> {
  const reply = await ask(now, body);
  if (reply.status !== 201) throw new Error(reply.text);
  const approved = await now.bank.approve(now.agent, reply.body.id);
  if (approved.status !== 200) throw new Error(approved.text);
  return reply.body.id;
}

const shown = async ({ bank, alice }: Situation, id: string) =>
  (await bank.client.get(`/api/standing-orders/${id}`, { token: alice.token })).body;

const balanceOf = async ({ bank, alice, account }: Situation) =>
  (await bank.client.get(`/api/accounts/${account}`, { token: alice.token })).body.balance;

/** Makes and executes what is due at that time, on two workers at once. */
async function dueAt({ bank }: Situation, time: Date): Promise<void> {
  bank.time.now = time;
  const work = async () => {
    await makePayments(bank.deps);
    await executeDue(bank.deps, (command) => bank.queue.decide(command));
  };
  await Promise.all([work(), work()]);
}

interface Told {
  action?: string;
  template?: string;
  data: Record<string, unknown>;
}

/** What the outbox has about an operation, in order. */
async function told({ bank }: Situation, id: string): Promise<Told[]> {
  const rows: { payload: string }[] = await bank.deps.db('outbox').select('payload').orderBy('sequence');
  const all: Told[] = rows.flatMap(({ payload }) => JSON.parse(payload));
  return all.filter(({ data }) => data?.operation_id === id || data?.standing_order_id === id);
}

const actionsAbout = async (now: Situation, id: string) =>
  (await told(now, id)).flatMap(({ action, data }) =>
    action !== undefined && data.operation_id === id ? [action] : [],
  );

/** The payments of a standing order, in the order of their dates. */
async function paymentsOf({ bank, alice }: Situation, id: string) {
  const { body } = await bank.client.get(`/api/standing-orders/${id}/payments`, { token: alice.token });
  return body.items.toReversed();
}

async function reconciles({ bank, agent }: Situation): Promise<boolean> {
  const { body } = await bank.client.post('/api/ledger/reconciliation', undefined, { token: agent.token });
  return body.ok;
}

test.serial(
  'an agent approves it once; each date is then paid in its morning, once, without a decision',
  async (t) => {
    const now = await situation();
    const requested = await ask(now);
    t.like(requested, {
      status: 201,
      body: {
        type: 'standing_order',
        status: 'pending',
        amount: 400,
        execute_on: null,
        terms: { every: 'month', first_on: '2026-12-01', last_on: null, replaces_id: null },
      },
    });
    const { id } = requested.body;
    t.like(await shown(now, id), { status: 'pending', last_result: null });
    const approved = await now.bank.approve(now.agent, id);
    t.like(approved.body, { status: 'posted', terms: { every: 'month' }, transfer_id: null });
    t.like(await shown(now, id), {
      status: 'active',
      next_dates: ['2026-12-01', '2027-01-01', '2027-02-01', '2027-03-01', '2027-04-01'],
      next_execution_dates: ['2026-12-01', '2027-01-04', '2027-02-01', '2027-03-01', '2027-04-01'],
    });

    await dueAt(now, at('2026-12-01', '05:59'));
    t.deepEqual(await paymentsOf(now, id), []);
    await dueAt(now, at('2026-12-01', '06:00'));
    await dueAt(now, at('2026-12-01', '20:00'));
    const [payment, ...more] = await paymentsOf(now, id);
    t.deepEqual(more, []);
    t.like(payment, {
      type: 'external_transfer',
      status: 'posted',
      amount: 400,
      execute_on: '2026-12-01',
      required_approvals: 0,
      decisions: [],
    });
    t.is(await balanceOf(now), 600);
    t.like(await shown(now, id), { last_result: 'posted', last_operation_id: payment.id });
    // On New Year's Day no payment leaves the bank.
    await dueAt(now, at('2027-01-01'));
    t.like((await paymentsOf(now, id))[1], {
      status: 'approved',
      execute_on: '2027-01-01',
      due_on: '2027-01-04',
    });
    t.is((await shown(now, id)).last_result, null);
    await dueAt(now, at('2027-01-04'));
    t.is(await balanceOf(now), 200);
    t.deepEqual(await actionsAbout(now, id), ['STANDING_ORDER_REQUESTED', 'STANDING_ORDER_ACTIVATED']);
    t.deepEqual(await actionsAbout(now, payment.id), ['TRANSFER_SCHEDULED', 'TRANSFER_POSTED']);
    t.true(await reconciles(now));
  },
);

test.serial(
  'if money is lacking, it is tried three times, then skipped with a mail, and the next date is paid',
  async (t) => {
    const now = await situation(300);
    const id = await active(now, { first_on: '2026-12-03' });
    await dueAt(now, at('2026-12-03'));
    t.like(await shown(now, id), { status: 'active', last_result: 'postponed' });
    await dueAt(now, at('2026-12-04'));
    await dueAt(now, at('2026-12-07'));
    const order = await shown(now, id);
    t.like(order, { status: 'active', last_result: 'skipped' });
    t.is(order.next_dates[0], '2027-01-03');
    const [payment] = await paymentsOf(now, id);
    t.like(payment, { status: 'expired', refusal: { code: 'insufficient_funds' } });
    t.deepEqual(await actionsAbout(now, id), [
      'STANDING_ORDER_REQUESTED',
      'STANDING_ORDER_ACTIVATED',
      'STANDING_ORDER_SKIPPED',
    ]);
    const about = await told(now, id);
    const skipped = about.find(({ action }) => action === 'STANDING_ORDER_SKIPPED');
    t.like(skipped?.data, {
      execute_on: '2026-12-03',
      due_on: '2027-01-03',
      code: 'insufficient_funds',
      amount: 400,
    });
    const mails = [...about, ...(await told(now, payment.id))].flatMap(({ template, data }) =>
      template === undefined ? [] : [`${template} ${data.outcome ?? data.status}`],
    );
    t.deepEqual([...new Set(mails)].sort(), [
      'dated_transfer postponed',
      'operation_decided posted',
      'standing_order skipped',
    ]);
    const deposit = await now.bank.client.post(
      '/api/operations',
      { type: 'deposit', account_id: now.account, amount: 1_000 },
      { token: now.alice.token },
    );
    await now.bank.approve(now.agent, deposit.body.id);
    await dueAt(now, at('2027-01-04'));
    t.is((await shown(now, id)).last_result, 'posted');
    t.is(await balanceOf(now), 900);
    t.true(await reconciles(now));
  },
);

test.serial('a payee with a new RIB suspends it with notice, and it can’t be resumed', async (t) => {
  const now = await situation();
  const bob = await now.bank.person('member');
  const theirs = await now.bank.account(bob, now.agent);
  const { iban } = (await now.bank.client.get(`/api/accounts/${theirs}`, { token: bob.token })).body;
  const id = await active(now, { to: { name: 'Bob', iban } });
  const renewal = await now.bank.client.post(`/api/accounts/${theirs}/rib`, undefined, { token: bob.token });
  await now.bank.approve(now.agent, renewal.body.id);
  await dueAt(now, at('2026-12-01'));
  t.like(await shown(now, id), { status: 'suspended', next_dates: [], refusal: { code: 'retired_rib' } });
  await dueAt(now, at('2027-01-02'));
  t.is((await paymentsOf(now, id)).length, 1);
  t.is(await balanceOf(now), 1_000);
  const mail = (await told(now, id)).find(({ template }) => template === 'standing_order');
  t.like(mail?.data, { outcome: 'suspended', refusal: 'retired_rib' });
  t.like(await post(now, `/${id}/resume`), { status: 409, body: { code: 'retired_rib' } });
  t.is((await post(now, `/${id}/pause`)).body.code, 'order_not_active');
  await active(now, { first_on: '2027-02-01', replaces_id: id });
  t.like(await shown(now, id), { status: 'ended', refusal: null });
  const ended = await now.bank.client.delete(`/api/standing-orders/${id}`, undefined, {
    token: now.alice.token,
  });
  t.is(ended.status, 204);
  t.is((await shown(now, id)).status, 'ended');
});

test.serial(
  'paused, it pays nothing; resumed, it goes on from the next date, and what passed is not made up for',
  async (t) => {
    const now = await situation(5_000);
    const id = await active(now, { every: 'week' });
    t.is((await post(now, `/${id}/pause`)).body.status, 'paused');
    t.is((await post(now, `/${id}/pause`)).status, 200);
    await dueAt(now, at('2026-12-09'));
    t.deepEqual(await paymentsOf(now, id), []);
    // On Tuesday, the payment of the same day is no longer made.
    now.bank.time.now = at('2026-12-15');
    const resumed = await post(now, `/${id}/resume`);
    t.like(resumed.body, {
      status: 'active',
      next_dates: ['2026-12-22', '2026-12-29', '2027-01-05', '2027-01-12', '2027-01-19'],
    });
    await dueAt(now, at('2026-12-15', '12:00'));
    t.deepEqual(await paymentsOf(now, id), []);
    await dueAt(now, at('2026-12-22'));
    t.is((await paymentsOf(now, id)).length, 1);
    t.deepEqual((await actionsAbout(now, id)).slice(2), ['STANDING_ORDER_PAUSED', 'STANDING_ORDER_RESUMED']);
  },
);

test.serial('a key replays a change, even after the opposite change', async (t) => {
  const now = await situation();
  const id = await active(now);
  const key = { 'Idempotency-Key': 'pause-1' };
  t.is((await post(now, `/${id}/pause`, undefined, key)).body.status, 'paused');
  t.is((await post(now, `/${id}/resume`)).body.status, 'active');
  const late = await post(now, `/${id}/pause`, undefined, key);
  t.is(late.headers['idempotency-replayed'], 'true');
  t.is((await shown(now, id)).status, 'active');
});

test.serial('who ends or pauses it stops a payment that is still tried', async (t) => {
  for (const change of ['end', 'pause'] as const) {
    const now = await situation(100);
    const id = await active(now);
    await dueAt(now, at('2026-12-01'));
    t.is((await shown(now, id)).last_result, 'postponed');
    if (change === 'pause') await post(now, `/${id}/pause`);
    else await now.bank.client.delete(`/api/standing-orders/${id}`, undefined, { token: now.alice.token });
    t.is((await shown(now, id)).last_result, 'stopped', change);
    t.is((await paymentsOf(now, id))[0].status, 'cancelled');
    await dueAt(now, at('2026-12-02'));
    t.true(await reconciles(now));
  }
});

test.serial(
  'a payment is stopped on its next day even if the process died right after the end of its order',
  async (t) => {
    const now = await situation(100);
    const id = await active(now);
    await dueAt(now, at('2026-12-01'));
    await now.bank
      .owner('standing_orders')
      .whereRaw('id = UNHEX(?)', [id.replaceAll('-', '')])
      .update({ state: 'ended' });
    const deposit = await now.bank.client.post(
      '/api/operations',
      { type: 'deposit', account_id: now.account, amount: 1_000 },
      { token: now.alice.token },
    );
    await now.bank.approve(now.agent, deposit.body.id);
    await dueAt(now, at('2026-12-02'));
    t.is((await paymentsOf(now, id))[0].status, 'cancelled');
    t.is(await balanceOf(now), 1_100);
    t.true(await reconciles(now));
  },
);

test.serial('it ends after its last date, or after a number of payments', async (t) => {
  const now = await situation(5_000);
  const [byDate, byCount] = [
    await active(now, { last_on: '2027-01-15' }),
    await active(now, { count: 1, first_on: '2026-12-31' }),
  ];
  t.is((await shown(now, byCount)).last_on, '2026-12-31');
  await dueAt(now, at('2026-12-01'));
  await dueAt(now, at('2026-12-31'));
  t.like(await shown(now, byCount), { status: 'ended', last_result: 'posted', next_dates: [] });
  t.like(await shown(now, byDate), { status: 'active', next_dates: ['2027-01-01'] });
  await dueAt(now, at('2027-01-01'));
  // Its last payment waits for a business day.
  t.like(await shown(now, byDate), { status: 'active', next_dates: [] });
  await dueAt(now, at('2027-01-04'));
  t.like(await shown(now, byDate), { status: 'ended', last_result: 'posted' });
  t.is((await actionsAbout(now, byDate)).at(-1), 'STANDING_ORDER_ENDED');
});

test.serial('one that replaces another ends it when it is approved, and only one can', async (t) => {
  const now = await situation(5_000);
  const old = await active(now);
  const [first, second] = [
    await ask(now, { amount: 500, replaces_id: old }),
    await ask(now, { amount: 600, replaces_id: old }),
  ];
  t.is((await shown(now, old)).status, 'active');
  t.is((await now.bank.approve(now.agent, first.body.id)).status, 200);
  t.is((await shown(now, old)).status, 'ended');
  t.like(await now.bank.approve(now.agent, second.body.id), {
    status: 409,
    body: { code: 'order_not_active' },
  });
  t.like(await ask(now, { replaces_id: old }), { status: 409, body: { code: 'order_not_active' } });
  await dueAt(now, at('2026-12-01'));
  t.is(await balanceOf(now), 4_500);
  const logged = (await told(now, old)).find(({ action }) => action === 'STANDING_ORDER_ENDED');
  t.is(logged?.data.amount, 400);
});

test.serial('one approved after the earlier one paid its first date begins with the next date', async (t) => {
  const now = await situation(5_000);
  const old = await active(now);
  const { id } = (await ask(now, { amount: 500, replaces_id: old })).body;
  await dueAt(now, at('2026-12-01'));
  t.is(await balanceOf(now), 4_600);
  bank.time.now = at('2026-12-01', '12:00');
  await now.bank.approve(now.agent, id);
  t.is((await shown(now, id)).next_dates[0], '2027-01-01');
  await dueAt(now, at('2026-12-02'));
  t.is(await balanceOf(now), 4_600);
  t.true(await reconciles(now));
  await dueAt(now, at('2027-01-04'));
  t.is(await balanceOf(now), 4_100);
});

test.serial(
  'one whose only date the earlier one has paid ends at once; a date that came to nothing is paid',
  async (t) => {
    const now = await situation(5_000);
    const old = await active(now);
    const { id: once } = (await ask(now, { replaces_id: old, count: 1 })).body;
    await dueAt(now, at('2026-12-01'));
    bank.time.now = at('2026-12-01', '12:00');
    await now.bank.approve(now.agent, once);
    t.like(await shown(now, once), { status: 'ended', next_dates: [] });
    t.is((await actionsAbout(now, once)).at(-1), 'STANDING_ORDER_ENDED');

    const poor = await situation(0);
    const unpaid = await active(poor);
    const { id } = (await ask(poor, { amount: 100, replaces_id: unpaid })).body;
    await dueAt(poor, at('2026-12-01'));
    bank.time.now = at('2026-12-01', '12:00');
    const deposit = { type: 'deposit', account_id: poor.account, amount: 450 };
    const asked = await bank.client.post('/api/operations', deposit, { token: poor.alice.token });
    await bank.approve(poor.agent, asked.body.id);
    await bank.approve(poor.agent, id);
    await dueAt(poor, at('2026-12-02'));
    t.is(await balanceOf(poor), 350);
  },
);

test.serial(
  'a code is needed for each one whose money leaves the bank, however small, also without the field',
  async (t) => {
    const now = await situation();
    const code = now.bank.enroll(now.alice);
    t.is((await ask(now, { amount: 1 })).body.code, 'totp_required');
    t.is((await ask(now, { amount: 1, totp: ' ' })).body.code, 'totp_required');
    t.is((await ask(now, { amount: 1, totp: '999999' })).body.code, 'invalid_totp');
    t.is((await ask(now, { amount: 1, totp: code() })).status, 201);
    const other = await now.bank.account(now.alice, now.agent);
    t.is((await ask(now, { to: undefined, to_account_id: other })).status, 201);
    const confirm = now.bank.enrollPasskey(now.alice);
    const wrong = confirm({ amount: 2, iban: ELSEWHERE });
    t.is((await ask(now, { amount: 1, step_up: wrong })).body.code, 'invalid_totp');
    t.is((await ask(now, { amount: 1, step_up: confirm({ amount: 1, iban: ELSEWHERE }) })).status, 201);
  },
);

test.serial('dates, payees and accounts are checked', async (t) => {
  const now = await situation();
  const bob = await now.bank.person('member');
  const theirs = await now.bank.account(bob, now.agent);
  const refused: [object, number, string][] = [
    [{ first_on: '2026-11-30' }, 400, 'invalid_request'],
    [{ first_on: '2027-12-01' }, 400, 'invalid_request'],
    [{ last_on: '2026-11-30' }, 400, 'invalid_request'],
    [{ last_on: '2027-01-01', count: 2 }, 400, 'invalid_request'],
    [{ count: 0 }, 400, 'invalid_request'],
    [{ every: 'day' }, 400, 'invalid_request'],
    [{ to_account_id: now.account }, 400, 'invalid_request'],
    [{ to: undefined }, 400, 'invalid_request'],
    [{ to: { name: 'L', iban: 'FR00' } }, 422, 'invalid_iban'],
    [{ to: undefined, to_account_id: now.account }, 422, 'same_account'],
    [{ to: undefined, to_account_id: theirs }, 422, 'not_your_account_pair'],
    [{ from_account_id: theirs }, 404, 'not_found'],
    [{ replaces_id: theirs }, 404, 'not_found'],
  ];
  for (const [body, status, code] of refused)
    t.like(await ask(now, body), { status, body: { code } }, JSON.stringify(body));
});

test.serial('another member can’t see or change it, and an agent sees it', async (t) => {
  const now = await situation();
  const id = await active(now);
  const eve = await now.bank.person('member');
  const { client } = now.bank;
  t.is((await client.get(`/api/standing-orders/${id}`, { token: eve.token })).status, 404);
  t.is((await client.get(`/api/standing-orders/${id}/payments`, { token: eve.token })).status, 404);
  for (const path of [`/${id}/pause`, `/${id}/resume`])
    t.is((await client.post(`/api/standing-orders${path}`, undefined, { token: eve.token })).status, 404);
  t.is((await client.delete(`/api/standing-orders/${id}`, undefined, { token: eve.token })).status, 404);
  const replacing = { from_account_id: await now.bank.account(eve, now.agent), replaces_id: id };
  t.is((await ask({ ...now, alice: eve }, replacing)).status, 404);
  t.deepEqual((await client.get('/api/standing-orders', { token: eve.token })).body.items, []);
  t.is((await client.get(`/api/standing-orders/${id}`, { token: now.agent.token })).body.id, id);
  const listed = await client.get(`/api/standing-orders?account=${now.account}&status=active`, {
    token: now.agent.token,
  });
  t.deepEqual(
    listed.body.items.map((one: { id: string }) => one.id),
    [id],
  );
  t.is((await shown(now, id)).status, 'active');
});

test.serial(
  'ending one that waits for an agent cancels the request; rejected ones are listed as such',
  async (t) => {
    const now = await situation();
    const [cancelled, waiting] = [(await ask(now)).body.id, (await ask(now)).body.id];
    t.is(
      (
        await now.bank.client.delete(`/api/standing-orders/${cancelled}`, undefined, {
          token: now.alice.token,
        })
      ).status,
      204,
    );
    t.is((await shown(now, cancelled)).status, 'rejected');
    const withStatus = async (status: string) =>
      (
        await now.bank.client.get(`/api/standing-orders?status=${status}`, { token: now.alice.token })
      ).body.items.map((one: { id: string }) => one.id);
    t.deepEqual(await withStatus('rejected'), [cancelled]);
    t.deepEqual(await withStatus('pending'), [waiting]);
    t.is((await post(now, `/${waiting}/pause`)).body.code, 'order_not_active');
  },
);

test.serial('two agents are needed above the threshold, and for many small ones by one agent', async (t) => {
  const now = await situation();
  const large = await ask(now, { amount: 1_000_001 });
  t.is(large.body.required_approvals, 2);
  const [one, two] = [
    (await ask(now, { amount: 600_000 })).body.id,
    (await ask(now, { amount: 600_000 })).body.id,
  ];
  t.is((await now.bank.approve(now.agent, one)).body.status, 'posted');
  t.like((await now.bank.approve(now.agent, two)).body, { status: 'approved', required_approvals: 2 });
});

test.serial('after weeks without the bank, each date that passed is paid once', async (t) => {
  const now = await situation(5_000);
  const id = await active(now, { every: 'week' });
  await dueAt(now, at('2026-12-17'));
  const payments = await paymentsOf(now, id);
  t.deepEqual(
    payments.map((one: { execute_on: string; status: string }) => [one.execute_on, one.status]),
    [
      ['2026-12-01', 'posted'],
      ['2026-12-08', 'posted'],
      ['2026-12-15', 'posted'],
    ],
  );
  t.is(await balanceOf(now), 3_800);
  t.deepEqual(
    [...new Set(payments.map((one: { standing_order_id: string }) => one.standing_order_id))],
    [id],
  );
  const path = `/api/standing-orders/${id}/payments?limit=2`;
  const first = await bank.client.get(path, { token: now.alice.token });
  const second = await bank.client.get(`${path}&cursor=${first.body.next}`, { token: now.alice.token });
  t.deepEqual(
    [...first.body.items, ...second.body.items].map((one) => one.id),
    payments.map((one: { id: string }) => one.id).toReversed(),
  );
  t.is(second.body.next, null);
});

test.serial('a member who leaves the bank has no standing order any more', async (t) => {
  const now = await situation(0);
  const id = await active(now);
  const left = await now.bank.client.post(`/internal/people/${now.alice.id}/leave`, undefined, {
    headers: { 'x-test-peer': 'auth' },
  });
  t.is(left.status, 204, left.text);
  t.is(
    (await now.bank.client.get(`/api/standing-orders/${id}`, { token: now.agent.token })).body.status,
    'ended',
  );
  await dueAt(now, at('2026-12-01'));
  t.is((await actionsAbout(now, id)).at(-1), 'STANDING_ORDER_ENDED');
});

test.serial('a member can’t leave the bank in the moment in which a payment is made', async (t) => {
  const now = await situation(0);
  const id = await active(now);
  const isHeld = () =>
    bank.owner.raw('SELECT id FROM people WHERE username = ? FOR UPDATE NOWAIT', [now.alice.username]).then(
      () => false,
      () => true,
    );
  const leaving = await transaction(bank.deps.db, async (trx) => {
    const [orders, requests] = await trx.query(lockOrders([id]), readOperations([id]));
    t.is(orders.size, 1);
    const left = bank.client.post(`/internal/people/${now.alice.id}/leave`, undefined, {
      headers: { 'x-test-peer': 'auth' },
    });
    await eventually(isHeld);
    const request = requests.get(id) as Operation;
    const payment = { kind: 'external_transfer', status: 'scheduled', requiredApprovals: 0 } as const;
    await trx.commit(insertOperations([{ ...request, ...payment, id: newId(bank.time.now) }]));
    return { left };
  });
  t.like(await leaving.left, { status: 409, body: { code: 'user_has_accounts' } });
  t.is((await shown(now, id)).status, 'active');
});

test.serial('one that an agent approves while its customer withdraws it ends too', async (t) => {
  const now = await situation();
  const { id } = (await ask(now)).body;
  const { id: userId, username } = now.alice;
  const by = { id: userId, username, role: 'member' } as const;
  const approvesFirst = {
    decide: async (command: DecisionCommand) => {
      await now.bank.approve(now.agent, id);
      return bank.queue.decide(command);
    },
  } as CommandQueue;
  const wanted = { id, change: 'end', by, correlationId: 'c' } as const;
  await changeOrder(bank.deps, approvesFirst, wanted, null);
  t.is((await shown(now, id)).status, 'ended');
  await dueAt(now, at('2026-12-01'));
  t.is(await balanceOf(now), 1_000);
});

test.serial('two replicas, one of which is killed, make each payment once', async (t) => {
  const now = await situation(100_000);
  const ids = await Promise.all(Array.from({ length: 8 }, () => active(now, { every: 'week', amount: 100 })));
  const [dying, other] = [await bank.replica(), await bank.replica()];
  bank.time.now = at('2026-12-24');
  const killed = makePayments(dying.deps).catch(() => undefined);
  const survives = makePayments(other.deps);
  dying.crash();
  await Promise.all([killed, survives]);
  await makePayments(other.deps);
  await Promise.all([0, 1].map(() => executeDue(other.deps, (command) => other.queue.decide(command))));
  await other.close();
  for (const id of ids) t.is((await paymentsOf(now, id)).length, 4);
  t.is(await balanceOf(now), 100_000 - 8 * 4 * 100);
  t.true(await reconciles(now));
});

test.serial(
  'a customer whose access is deactivated pays nothing more, until they are back and resume it',
  async (t) => {
    const now = await situation(100);
    const id = await active(now, { every: 'week' });
    await dueAt(now, at('2026-12-01'));
    t.is((await shown(now, id)).last_result, 'postponed');
    const user = { id: now.alice.id, username: now.alice.username, role: 'member' } as const;
    const become = (status: 'active' | 'deactivated', version: number) =>
      queryOnce(bank.deps.db, saveUsers([buildUserEvent({ ...user, status, version })]));
    await become('deactivated', 2);
    await dueAt(now, at('2026-12-02'));
    const asAgent = async () =>
      (await bank.client.get(`/api/standing-orders/${id}`, { token: now.agent.token })).body;
    t.like(await asAgent(), {
      status: 'suspended',
      last_result: 'stopped',
      refusal: { code: 'customer_not_active' },
    });
    await dueAt(now, at('2026-12-08'));
    t.is((await asAgent()).status, 'suspended');
    await become('active', 3);
    t.like((await post(now, `/${id}/resume`)).body, { status: 'active', refusal: null });
    t.is((await actionsAbout(now, id)).at(-2), 'STANDING_ORDER_SUSPENDED');
    t.true(await reconciles(now));
  },
);
