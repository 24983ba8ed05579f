import type { LogEvent } from '@guichet/contract/events';
import test from 'ava';
import { logMessage, mailMessage, revocationMessage, userMessage } from './messages.ts';

const event: LogEvent = {
  id: 'e1',
  time: '2026-10-31T12:00:00.000Z',
  service: 'accounts',
  actor: null,
  action: 'TRANSFER_REQUESTED',
  level: 'INFO',
  subject: null,
  operation_id: null,
  concerns: [],
  correlation_id: null,
  message: 'A transfer was asked for.',
  data: {},
};

test('an entry goes out under who did it, and its level', (t) => {
  const by = (role: 'member' | 'agent' | 'superuser') => ({
    ...event,
    actor: { id: 'u1', username: 'ann', role },
  });
  t.is(logMessage(event).subject, 'log.system.info');
  t.is(logMessage({ ...by('member'), level: 'WARNING' }).subject, 'log.membres.warning');
  t.is(logMessage({ ...by('agent'), level: 'ERROR' }).subject, 'log.agents.error');
  t.is(logMessage(by('superuser')).subject, 'log.agents.info');
  t.deepEqual(logMessage(event), { id: 'e1', subject: 'log.system.info', payload: event });
});

test('each message has an id by which a second one of it is known', (t) => {
  const mail = {
    id: 'm1',
    time: event.time,
    template: 'activated' as const,
    to: { user_id: 'u1' },
    correlation_id: null,
    data: {},
  };
  t.like(mailMessage(mail), { id: 'm1', subject: 'mail.activated' });
  const user = {
    id: 'u1',
    version: 3,
    username: 'ann',
    email: null,
    first_name: null,
    last_name: null,
    verified_name: null,
    email_confirmed: true,
    role: 'member',
    status: 'active',
    language: 'fr',
  } as const;
  t.like(userMessage(user), { id: 'u1.3', subject: 'users.u1' });
  t.like(revocationMessage({ session_id: 's1', until: event.time }), {
    id: 'revocation.s1',
    subject: 'revocations.s1',
  });
});
