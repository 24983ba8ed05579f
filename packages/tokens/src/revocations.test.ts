import test from 'ava';
import { createRevocations } from './revocations.ts';
import { ROLES, SCOPES, scopesOf } from './scopes.ts';

test('an ended session is known until its last token would have ended, then forgotten', (t) => {
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
