import { sentence } from '@guichet/contract/events';
import test from 'ava';
import { auditEvent } from './audit-event.ts';

const auth = { service: 'auth', id: 'e1', now: new Date(0), correlationId: null } as const;
const facts = { actor: null, concerns: ['u1'], sentence: sentence`Something happened.` } as const;
const user = { type: 'user', id: 'u1' } as const;

test('an action gets its level from the list, and only the service and the subjects that the list allows compile', (t) => {
  t.is(auditEvent(auth, { ...facts, action: 'LOGIN', subject: user }).level, 'INFO');
  t.is(auditEvent(auth, { ...facts, action: 'LOGIN_FAILED', subject: null }).level, 'WARNING');
  // @ts-expect-error the action has one level
  auditEvent(auth, { ...facts, action: 'LOGIN', level: 'ERROR', subject: user });
  // @ts-expect-error the subject is a user
  auditEvent(auth, { ...facts, action: 'LOGIN', subject: { type: 'session', id: 's1' } });
  // @ts-expect-error the subject is missing
  auditEvent(auth, { ...facts, action: 'LOGIN', subject: null });
  // @ts-expect-error accounts logs it
  auditEvent(auth, { ...facts, action: 'BENEFICIARY_ADDED', subject: { type: 'beneficiary', id: 'b1' } });
});

test('where an action has several levels, the call site chooses one', (t) => {
  for (const level of ['INFO', 'WARNING'] as const)
    t.is(auditEvent(auth, { ...facts, action: 'USER_REGISTERED', level, subject: user }).level, level);
  // @ts-expect-error the level is missing
  auditEvent(auth, { ...facts, action: 'USER_REGISTERED', subject: user });
  // @ts-expect-error the action is never an error
  auditEvent(auth, { ...facts, action: 'USER_REGISTERED', level: 'ERROR', subject: user });
});

test('for a union of actions, only what every action of the union allows compiles', (t) => {
  const accounts = { ...auth, service: 'accounts' } as const;
  const action = 'LIMITS_CHANGED' as 'LIMITS_CHANGED' | 'LIMITS_REQUESTED';
  const event = auditEvent(accounts, { ...facts, action, subject: { type: 'operation', id: 'o1' } });
  t.deepEqual(event.subject, { type: 'operation', id: 'o1' });
  // @ts-expect-error LIMITS_REQUESTED never has an account as its subject
  auditEvent(accounts, { ...facts, action, subject: { type: 'account', id: 'a1' } });
});
