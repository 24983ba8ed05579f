import test from 'ava';
import { familyOf } from './rules.ts';

test('whatever changes an account without moving money is of the family COMPTE', (t) => {
  for (const action of [
    'ACCOUNT_OPENED',
    'ACCOUNT_REQUESTED',
    'ACCOUNT_CLOSED',
    'CLOSURE_REJECTED',
    'RIB_RENEWED',
    'OVERDRAFT_CHANGED',
    'OVERDRAFT_REQUESTED',
    'LIMITS_CHANGED',
    'LIMITS_EXPIRED',
  ]) {
    t.is(familyOf(action), 'COMPTE', action);
  }
});

test('an action about people is of no family', (t) => {
  for (const action of ['LOGIN', 'ACCESS_DENIED', 'BENEFICIARY_ADDED']) t.is(familyOf(action), null, action);
});
