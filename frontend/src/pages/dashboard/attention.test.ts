import type { Operation } from '@guichet/contract/accounts';
import test from 'ava';
import { buildAccount, buildEntries, buildOperation, buildUser } from '../../testing/fixtures.ts';
import { attentionOf } from './attention.ts';

const alice = buildUser('alice', 'member');
const bruno = { id: 'b', username: 'bruno' };
const NOW = new Date('2026-11-29T12:00:00.000Z');
const nothing = { waiting: [] as Operation[], isComplete: true, ended: [] as Operation[] };
const none = { held: [], entries: [] };
const refusal = {
  by: bruno,
  decision: 'reject',
  reason: 'Come in person',
  at: '2026-11-20T09:00:00.000Z',
} as const;
const rejected = (number: number, changes: Partial<Operation> = {}) =>
  buildOperation(number, alice, {
    status: 'rejected',
    decisions: [refusal],
    decided_at: '2026-11-20T09:00:00.000Z',
    ...changes,
  });
const ids = (operations: readonly Operation[]) => operations.map(({ id }) => Number(id.slice(-4)));

test('what an agent could not approve comes first, then what reserves money, then the newest', (t) => {
  const waiting = [
    buildOperation(1, alice, { type: 'deposit', created_at: '2026-11-22T09:00:00.000Z' }),
    buildOperation(2, alice),
    buildOperation(3, alice, { created_at: '2026-11-21T09:00:00.000Z' }),
    buildOperation(4, alice, { refusal: { code: 'limit_exceeded', title: 'Limit exceeded' } }),
  ];
  const { waiting: shown, hasMoreWaiting } = attentionOf({ ...nothing, waiting }, none, NOW);
  t.deepEqual(ids(shown), [4, 3, 2, 1]);
  t.deepEqual(
    shown.map(({ reserves }) => reserves),
    [true, true, true, false],
  );
  t.false(hasMoreWaiting);
});

test('what is reserved beyond the own requests is named per currency, but only if all requests are known', (t) => {
  const waiting = [buildOperation(1, alice), buildOperation(2, alice, { type: 'deposit' })];
  const held = [
    { currency: 'EUR', amountMinor: 90_000 },
    { currency: 'JPY', amountMinor: 500 },
    { currency: 'USD', amountMinor: 0 },
  ];
  t.deepEqual(attentionOf({ ...nothing, waiting }, { ...none, held }, NOW).otherReserved, [
    { currency: 'EUR', amountMinor: 6_000 },
    { currency: 'JPY', amountMinor: 500 },
  ]);
  const part = attentionOf({ ...nothing, waiting, isComplete: false }, { ...none, held }, NOW);
  t.deepEqual(part.otherReserved, []);
  t.true(part.hasMoreWaiting);
});

test('a refusal is shown with its reason for two weeks, the latest first', (t) => {
  const ended = [
    rejected(1, { decided_at: '2026-11-10T09:00:00.000Z' }),
    rejected(2),
    rejected(3, { status: 'expired', decisions: [], decided_at: '2026-11-28T09:00:00.000Z', amount: 7 }),
  ];
  const { refused } = attentionOf({ ...nothing, ended }, none, NOW);
  t.deepEqual(ids(refused), [3, 2]);
  t.deepEqual(
    refused.map(({ why }) => why),
    [null, 'Come in person'],
  );
});

test('a refusal is no longer news once the same was requested again or posted', (t) => {
  const ended = [rejected(1)];
  const later = buildOperation(2, alice, { created_at: '2026-11-21T09:00:00.000Z' });
  t.is(attentionOf({ ...nothing, ended, waiting: [later] }, none, NOW).refused.length, 0);
  const earlier = { ...later, created_at: '2026-11-19T09:00:00.000Z' };
  t.is(attentionOf({ ...nothing, ended, waiting: [earlier] }, none, NOW).refused.length, 1);
  const other = { ...later, to: { name: 'Jan', iban: 'BE68539007547034' } };
  t.is(attentionOf({ ...nothing, ended, waiting: [other] }, none, NOW).refused.length, 1);

  const [entry] = buildEntries(2, buildAccount(1, alice)).slice(1);
  if (entry === undefined) throw new Error('no entry');
  const paid = { ...entry, amount: -84_000, posted_at: '2026-11-22T09:00:00.000Z' };
  t.is(attentionOf({ ...nothing, ended }, { ...none, entries: [paid] }, NOW).refused.length, 0);
  const before = { ...paid, posted_at: '2026-11-12T09:00:00.000Z' };
  t.is(attentionOf({ ...nothing, ended }, { ...none, entries: [before] }, NOW).refused.length, 1);
});
