import type { Operation } from '@guichet/contract/accounts';
import test from 'ava';
import { buildOperation, buildUser } from '../../testing/fixtures.ts';
import { isReversible, type Reversal, timelineOf } from './rules.ts';

const alice = buildUser('alice', 'member');
const bruno = { id: 'b', username: 'bruno' };
const steps = (changes: Partial<Operation>): string[] =>
  timelineOf(buildOperation(1, alice, { payee_check: null, ...changes })).map(
    ({ what, state }) => `${what} ${state}`,
  );
const approval = { by: bruno, decision: 'approve', reason: null, at: '2026-11-20T09:00:00.000Z' } as const;
const refusal = { ...approval, decision: 'reject', reason: 'No' } as const;

test('a pending transfer holds its amount, and its posting is still ahead', (t) => {
  t.deepEqual(steps({}), ['requested done', 'held done', 'waiting waiting', 'ahead ahead']);
});

test('a deposit holds nothing', (t) => {
  t.deepEqual(steps({ type: 'deposit' }), ['requested done', 'waiting waiting', 'ahead ahead']);
});

test('a reversal holds what it takes back from a customer, but nothing of a house account', (t) => {
  t.deepEqual(steps({ type: 'reversal' }).slice(0, 2), ['requested done', 'held done']);
  t.deepEqual(steps({ type: 'reversal', from_account_id: null })[1], 'waiting waiting');
  t.deepEqual(steps({ type: 'reversal', status: 'expired' }).at(-1), 'released done');
});

test('after the first of two approvals, the second is waiting', (t) => {
  t.deepEqual(steps({ status: 'approved', required_approvals: 2, decisions: [approval] }), [
    'requested done',
    'held done',
    'approved_first done',
    'waiting_second waiting',
    'ahead ahead',
  ]);
});

test('a posted operation ends with its posting', (t) => {
  const posted = steps({ status: 'posted', decisions: [approval], decided_at: approval.at });
  t.deepEqual(posted, ['requested done', 'held done', 'approved done', 'posted done']);
});

test('an unsuccessful operation releases its hold', (t) => {
  t.deepEqual(steps({ status: 'rejected', decisions: [refusal] }), [
    'requested done',
    'held done',
    'rejected refused',
    'released done',
  ]);
  t.deepEqual(steps({ status: 'expired' }).slice(2), ['expired refused', 'released done']);
  t.deepEqual(steps({ status: 'cancelled', type: 'deposit' }).slice(1), ['cancelled refused']);
});

test('a transfer with a date holds nothing, and waits for its day once it is approved', (t) => {
  const dated = { execute_on: '2026-12-25' };
  t.deepEqual(steps(dated), ['requested done', 'waiting waiting', 'ahead_dated ahead']);
  t.deepEqual(steps({ ...dated, status: 'approved', due_on: '2026-12-28', decisions: [approval] }), [
    'requested done',
    'approved done',
    'scheduled waiting',
  ]);
  const lacked = { code: 'insufficient_funds', title: 'Insufficient funds' };
  t.is(steps({ ...dated, status: 'expired', refusal: lacked }).at(-1), 'failed refused');
  t.is(steps({ ...dated, status: 'expired' }).at(-1), 'expired refused');
});

test('an operation of a kind that only a newer release knows is shown, and is not offered for reversal', (t) => {
  const unknown = { type: 'unheard_of' as Operation['type'], status: 'posted' as const, transfer_id: 'x' };
  t.is(steps(unknown).at(-1), 'posted done');
  t.false(isReversible(buildOperation(1, alice, unknown)));
});

test('a payment in suspense is not offered for reversal, and one that was credited is', (t) => {
  const received = { type: 'incoming_payment', status: 'posted', transfer_id: 'x' } as const;
  const nowhere = { from_account_id: null, to_account_id: null };
  t.true(isReversible(buildOperation(1, alice, { ...received, ...nowhere, account_id: 'a' })));
  t.false(isReversible(buildOperation(1, alice, { ...received, ...nowhere, account_id: null })));
});

test('the payee check follows the request: a match is done, anything else is noted', (t) => {
  t.is(steps({ payee_check: 'match' })[1], 'payee_match done');
  t.is(steps({ payee_check: 'no_match' })[1], 'payee_no_match noted');
});

test('the first of two approvals is named as such', (t) => {
  const decisions = [approval, { ...approval, by: { id: 'c', username: 'chloe' } }];
  const posted = steps({ status: 'posted', required_approvals: 2, decisions });
  t.deepEqual(posted.slice(2), ['approved_first done', 'approved done', 'posted done']);
});

test('a reversal follows the posting, with the page that shows it', (t) => {
  const operation = buildOperation(1, alice, { status: 'posted', decisions: [approval] });
  const reversal = { at: '2026-11-21T09:00:00.000Z', href: '/accounts/x?type=reversal' };
  const last = timelineOf(operation, reversal).at(-1);
  t.is(last?.what, 'reversed');
  t.is(last?.at, reversal.at);
  t.is(last?.href, reversal.href);
});

const WAY = {
  status: 'posted',
  decided_at: '2026-11-20T09:00:00.000Z',
  batched_at: '2026-11-20T15:00:00.000Z',
  sent_at: '2026-11-20T15:10:00.000Z',
  settled_at: '2026-11-23T08:00:00.000Z',
} as const;
const afterPosting = (changes: Partial<Operation>, reversal: Reversal | null = null) => {
  const all = timelineOf(buildOperation(1, alice, { ...WAY, ...changes }), reversal);
  return all.slice(all.findIndex(({ what }) => what === 'posted') + 1);
};

test('a transfer waits to be sent to the other bank until its batch is', (t) => {
  const none = { batched_at: null, sent_at: null, settled_at: null };
  const waiting = afterPosting({ ...none, payment_status: 'waiting' });
  t.deepEqual(
    waiting.map(({ what, state, at }) => [what, state, at]),
    [['unsent', 'waiting', null]],
  );
  const batched = afterPosting({ ...none, payment_status: 'created', batched_at: WAY.batched_at });
  t.deepEqual(
    batched.map(({ what, at }) => [what, at]),
    [
      ['prepared', WAY.batched_at],
      ['unsent', null],
    ],
  );
});

test('each step to the other bank has its time, and agents find the batch', (t) => {
  const steps = afterPosting({ payment_status: 'settled', batch_id: 'b' });
  t.deepEqual(
    steps.map(({ what, at, href }) => [what, at, href]),
    [
      ['batched', WAY.batched_at, '/payments/batches/b'],
      ['sent', WAY.sent_at, null],
      ['settled', WAY.settled_at, null],
    ],
  );
  const own = afterPosting({ payment_status: 'settled' });
  t.deepEqual(
    own.map(({ what, href }) => [what, href]),
    [
      ['prepared', null],
      ['sent', null],
      ['settled', null],
    ],
  );
});

test('what the other bank returned ends there, also if its batch is settled later', (t) => {
  const reversal = { at: '2026-11-21T07:00:00.000Z', href: '/operations/r' };
  const steps = afterPosting({ payment_status: 'returned' }, reversal);
  t.deepEqual(
    steps.map(({ what, at, state, href }) => [what, at, state, href]),
    [
      ['prepared', WAY.batched_at, 'done', null],
      ['sent', WAY.sent_at, 'done', null],
      ['returned', reversal.at, 'refused', reversal.href],
    ],
  );
});

test('a transfer that is on no way to another bank has no such steps, nor one of a release without the times', (t) => {
  t.deepEqual(afterPosting({ payment_status: null }), []);
  const sent = buildOperation(1, alice, { status: 'posted', payment_status: 'sent' });
  const without = (...fields: string[]) =>
    Object.fromEntries(Object.entries(sent).filter(([name]) => !fields.includes(name))) as Operation;
  for (const older of [without('payment_status', 'batch_id'), without('batched_at', 'sent_at', 'settled_at')])
    t.is(timelineOf(older).at(-1)?.what, 'posted');
});
