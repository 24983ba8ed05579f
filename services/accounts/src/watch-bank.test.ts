import { silentLog } from '@guichet/log';
import { defaultRegistry } from '@guichet/metrics';
import { eventually } from '@guichet/testing';
import test from 'ava';
import { executeDue } from './decisions/execute-due.ts';
import { makePayments } from './decisions/make-payments.ts';
import { openTestBank } from './fixtures.ts';
import { accrueInterest } from './interest/accrue-interest.ts';
import { passCutOff } from './payments/pass-cut-off.ts';
import { payElsewhere } from './payments/payments.fixture.ts';
import { keepReconciling } from './reconciliation/keep-reconciling.ts';
import { watchBank } from './watch-bank.ts';

const opened = await openTestBank();
test.after.always(() => opened.close());
const { deps, queue, client, time } = opened;
watchBank(deps, queue);

async function value(series: string): Promise<number | null> {
  const lines = (await defaultRegistry.metrics()).split('\n');
  const line = lines.find((one) => one.startsWith(`${series} `) || one.startsWith(`${series}{`));
  return line === undefined ? null : Number(line.split(' ').at(-1));
}

test.serial('every kind of event has its series before the first event', async (t) => {
  t.is(await value('guichet_operations_requested_total{type="deposit"}'), 0);
  t.is(await value('guichet_decisions_total{type="external_transfer",outcome="posted"}'), 0);
  t.is(await value('guichet_refusals_total{work="request",code="insufficient_funds"}'), 0);
  t.is(await value('guichet_command_queue_duration_seconds_count{work="decision",result="failed"}'), 0);
  t.is(await value('guichet_operations_waiting{type="deposit"}'), 0);
  t.is(await value('guichet_holds_oldest_age_seconds'), 0);
});

test.serial('requests, decisions, refusals and posted amounts are each counted once', async (t) => {
  const agent = await opened.person('agent');
  const member = await opened.person('member');
  const accountId = await opened.account(member, agent, 5_000);
  t.is(await value('guichet_operations_requested_total{type="deposit"}'), 1);
  t.is(await value('guichet_decisions_total{type="deposit",outcome="posted"}'), 1);
  t.is(await value('guichet_posted_amount_minor_units_total{type="deposit",currency="EUR"}'), 5_000);

  const body = { type: 'withdrawal', account_id: accountId, amount: 1_200 };
  const asking = { token: member.token, headers: { 'idempotency-key': 'once' } };
  const first = await client.post('/api/operations', body, asking);
  const again = await client.post('/api/operations', body, asking);
  t.is(again.body.id, first.body.id);
  t.is(
    await value('guichet_operations_requested_total{type="withdrawal"}'),
    1,
    'a replay does not count as a request',
  );
  t.is(await value('guichet_command_queue_duration_seconds_count{work="request",result="answered"}'), 4);

  const refused = await client.post('/api/operations', { ...body, amount: 999_999 }, { token: member.token });
  t.is(refused.body.code, 'insufficient_funds');
  t.is(await value('guichet_refusals_total{work="request",code="insufficient_funds"}'), 1);
  t.is(await value('guichet_command_queue_batch_items_count{work="request"}'), 5);
  t.is(await value('guichet_command_queue_waiting_items{work="request"}'), 0);
});

test.serial('pending operations show their age, their holds, and whether they are overdue', async (t) => {
  t.is(await value('guichet_operations_waiting{type="withdrawal"}'), 1);
  t.is(await value('guichet_holds_open'), 1);
  time.now = new Date(time.now.getTime() + 3_600_000);
  t.is(await value('guichet_holds_oldest_age_seconds'), 3_600);
  t.is(await value('guichet_operations_oldest_waiting_age_seconds{type="withdrawal"}'), 3_600);
  t.is(await value('guichet_operations_overdue'), 0);
  const today = time.now;
  time.now = new Date(today.getTime() + 31 * 24 * 3_600_000);
  t.is(await value('guichet_operations_overdue'), 1);
  time.now = today;
});

test.serial(
  'standing orders are counted by status, and due from the morning of their next date',
  async (t) => {
    const [agent, member] = [await opened.person('agent'), await opened.person('member')];
    const [from_account_id, to_account_id] = [
      await opened.account(member, agent, 500),
      await opened.account(member, agent),
    ];
    const today = time.now;
    time.now = new Date('2029-01-15T12:00:00Z');
    const order = { from_account_id, to_account_id, amount: 100, every: 'year', first_on: '2029-01-16' };
    const { body } = await client.post('/api/standing-orders', order, { token: member.token });
    t.is(await value('guichet_standing_orders{status="active"}'), 0);
    await opened.approve(agent, body.id);
    t.is(await value('guichet_standing_orders{status="active"}'), 1);
    t.is(await value('guichet_operations_due'), 0);
    time.now = new Date('2029-01-16T05:00:00Z');
    t.is(await value('guichet_operations_due'), 1);
    await makePayments(deps);
    t.is(await value('guichet_operations_due'), 1);
    await executeDue(deps, queue.decide);
    t.is(await value('guichet_operations_due'), 0);
    await client.post(`/api/standing-orders/${body.id}/pause`, undefined, { token: member.token });
    t.is(await value('guichet_standing_orders{status="paused"}'), 1);
    time.now = today;
  },
);

test.serial(
  'a transfer with a date counts as scheduled, and as due from the morning of its day',
  async (t) => {
    const [agent, member] = [await opened.person('agent'), await opened.person('member')];
    const accounts = [await opened.account(member, agent, 500), await opened.account(member, agent)];
    const [from_account_id, to_account_id] = accounts;
    const today = time.now;
    time.now = new Date('2030-01-15T12:00:00Z');
    const { body } = await client.post(
      '/api/operations',
      { type: 'internal_transfer', from_account_id, to_account_id, amount: 500, execute_on: '2030-01-16' },
      { token: member.token },
    );
    await opened.approve(agent, body.id);
    t.is(await value('guichet_operations_scheduled'), 1);
    t.is(await value('guichet_decisions_total{type="internal_transfer",outcome="scheduled"}'), 1);
    time.now = new Date('2030-01-16T04:59:00Z');
    t.is(await value('guichet_operations_due'), 0);
    time.now = new Date('2030-01-16T05:00:00Z');
    t.is(await value('guichet_operations_due'), 1);
    await executeDue(deps, queue.decide);
    t.is(await value('guichet_operations_due'), 0);
    t.is(await value('guichet_operations_scheduled'), 0);
    time.now = today;
  },
);

test.serial('days whose interest is missing are counted from the morning after them', async (t) => {
  const today = time.now;
  time.now = new Date('2030-02-01T12:00:00Z');
  t.is(await value('guichet_interest_behind_seconds'), 0, 'before interest was ever added up');
  await accrueInterest(deps);
  time.now = new Date('2030-02-04T04:59:00Z');
  t.is(await value('guichet_interest_behind_seconds'), 2 * 86_400);
  time.now = new Date('2030-02-04T05:00:00Z');
  t.is(await value('guichet_interest_behind_seconds'), 3 * 86_400);
  await accrueInterest(deps);
  t.is(await value('guichet_interest_behind_seconds'), 0);
  time.now = today;
});

test.serial('batches are counted by status, with the age of the oldest that is not sent', async (t) => {
  const [agent, member] = [await opened.person('agent'), await opened.person('member')];
  const account = await opened.account(member, agent, 500);
  await payElsewhere(t, opened, agent, { person: member, account }, { amount: 100 });
  t.is(await value('guichet_payments_waiting'), 1);
  t.is(await value('guichet_payment_batches{status="created"}'), 0);
  const { body } = await client.post('/api/payments/batches', {}, { token: agent.token });
  t.is(await value('guichet_payments_waiting'), 0);
  t.is(await value('guichet_payment_batches{status="created"}'), 1);
  const today = time.now;
  time.now = new Date(today.getTime() + 7_200_000);
  t.is(await value('guichet_payment_batches_oldest_unsent_age_seconds'), 7_200);
  await client.post(`/api/payments/batches/${body.id}/sent`, undefined, { token: agent.token });
  t.is(await value('guichet_payment_batches{status="sent"}'), 1);
  t.is(await value('guichet_payment_batches_oldest_unsent_age_seconds'), 0);
  Object.assign(deps.rules, { batchesAt: '16:00' });
  time.now = new Date('2026-10-16T15:30:00Z');
  t.is(await value('guichet_payment_batches_oldest_unsent_age_seconds'), 5_400, 'the cut-off was missed');
  await passCutOff(deps, '16:00');
  t.is(await value('guichet_payment_batches_oldest_unsent_age_seconds'), 0);
  Object.assign(deps.rules, { batchesAt: null });
  time.now = today;
});

test.serial(
  'the ledger is reconciled automatically, and a broken check is reported until it is fixed',
  async (t) => {
    t.is(await value('guichet_reconciliation_ok'), null, 'nothing is reported before the first run');
    const errors: unknown[] = [];
    const log = Object.assign(Object.create(silentLog), { error: (fields: unknown) => errors.push(fields) });
    const reconciling = keepReconciling(
      { db: deps.db, clock: deps.clock, log },
      { everySeconds: 0.2, fullEveryHours: 24, restFactor: 0 },
    );
    t.teardown(() => reconciling.stop());
    await eventually(async () => (await value('guichet_reconciliation_ok')) === 1);
    t.is(await value('guichet_reconciliation_broken_items{check="balances_equal_entries"}'), 0);
    const at = (await value('guichet_reconciliation_timestamp_seconds')) ?? 0;
    t.true(Math.abs(at - Date.now() / 1000) < 60);
    t.is(await value('guichet_reconciliation_full_timestamp_seconds'), time.now.getTime() / 1000);

    await deps.db.raw('UPDATE accounts SET balance = balance + 1 WHERE balance = 5000');
    await eventually(async () => (await value('guichet_reconciliation_ok')) === 0);
    t.is(await value('guichet_reconciliation_broken_items{check="balances_equal_entries"}'), 1);
    t.like(errors[0], { check: 'balances_equal_entries' });
    await deps.db.raw('UPDATE accounts SET balance = balance - 1 WHERE balance = 5001');
    await eventually(async () => (await value('guichet_reconciliation_ok')) === 1);
  },
);
