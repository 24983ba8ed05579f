import test from 'ava';
import { logFamilyOf } from './log-actions.ts';

test('every action that changes an account without moving money belongs to the family COMPTE', (t) => {
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
    t.is(logFamilyOf(action), 'COMPTE', action);
  }
});

test('an action that concerns users belongs to no family', (t) => {
  for (const action of ['LOGIN', 'ACCESS_DENIED', 'BENEFICIARY_ADDED'])
    t.is(logFamilyOf(action), null, action);
});
