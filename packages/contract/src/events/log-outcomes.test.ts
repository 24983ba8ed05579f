import test from 'ava';
import { actionsOfOutcome, DECISION_ACTIONS, LOG_OUTCOMES, logOutcomeOf } from './log-outcomes.ts';

test('an action ends an operation in one way, or in none', (t) => {
  t.is(logOutcomeOf('TRANSFER_POSTED'), 'posted');
  t.is(logOutcomeOf('ACCOUNT_OPENED'), 'posted');
  t.is(logOutcomeOf('DEPOSIT_EXPIRED'), 'expired');
  for (const action of ['TRANSFER_REQUESTED', 'TRANSFER_APPROVED', 'LOGIN', 'NEW_POSTED'])
    t.is(logOutcomeOf(action), null, action);
  t.is(logOutcomeOf('USER_REJECTED'), null, 'a user is no operation');
  for (const outcome of LOG_OUTCOMES) {
    for (const action of actionsOfOutcome(outcome)) t.is(logOutcomeOf(action), outcome);
    t.true(actionsOfOutcome(outcome).length > 5, outcome);
  }
});

test('approvals and rejections are decisions, and what a customer or the time does is not', (t) => {
  for (const action of ['TRANSFER_APPROVED', 'TRANSFER_POSTED', 'DEPOSIT_REJECTED', 'RIB_RENEWED'])
    t.true(DECISION_ACTIONS.includes(action), action);
  for (const action of ['TRANSFER_REQUESTED', 'TRANSFER_CANCELLED', 'TRANSFER_EXPIRED', 'USER_REJECTED'])
    t.false(DECISION_ACTIONS.includes(action), action);
});
