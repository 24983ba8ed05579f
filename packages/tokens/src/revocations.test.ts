import { ROLES, SCOPES, scopesOf } from '@guichet/contract';
import test from 'ava';
import { createRevocations } from './revocations.ts';

test('an ended session is kept until its last token expires', (t) => {
  let now = 0;
  const revocations = createRevocations(() => new Date(now));
  for (let session = 0; session < 1_999; session += 1) revocations.add(`s${session}`, new Date(600_000));
  t.true(revocations.has('s0'));
  t.false(revocations.has('another'));
  now = 600_000;
  revocations.add('late', new Date(1_200_000));
  t.is(revocations.size, 1);
  t.true(revocations.has('late'));
});

test('the list never exceeds its bound, and reports when it is incomplete', (t) => {
  let now = 0;
  const revocations = createRevocations(() => new Date(now), 100);
  for (let session = 0; session < 100; session += 1) revocations.add(`s${session}`, new Date(60_000));
  t.false(revocations.isFull);
  revocations.add('s1', new Date(90_000));
  t.false(revocations.isFull);
  revocations.add('one-too-many', new Date(70_000));
  t.true(revocations.isFull);
  t.is(revocations.size, 100);
  now = 70_000;
  t.false(revocations.isFull);
  revocations.add('later', new Date(80_000));
  t.deepEqual([revocations.size, revocations.has('later'), revocations.has('s1')], [2, true, true]);
});

test('entries that outlive every token are not kept', (t) => {
  let now = 0;
  const revocations = createRevocations(() => new Date(now), 100);
  revocations.add('past', new Date(0));
  revocations.add('never', new Date(Number.NaN));
  revocations.add('x'.repeat(1_000), new Date(1_000));
  t.is(revocations.size, 0);
  revocations.add('forever', new Date('9999-01-01'));
  now = 3 * 3_600_000;
  revocations.add('later', new Date(now + 1));
  for (let session = 0; session < 1_000; session += 1) revocations.add(`s${session % 99}`, new Date(now + 1));
  t.false(revocations.has('forever'));
});

test('every role has scopes that exist, none of them twice', (t) => {
  for (const role of ROLES) {
    const scopes = scopesOf(role);
    t.true(scopes.every((scope) => SCOPES.includes(scope)));
    t.is(new Set(scopes).size, scopes.length);
  }
  t.false(scopesOf('agent').includes('operations:write'));
  t.false(scopesOf('member').includes('operations:decide'));
  t.false(scopesOf('superuser').includes('accounts:read'));
});
