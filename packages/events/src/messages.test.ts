import { type AuditEvent, SLOT } from '@guichet/contract/events';
import test from 'ava';
import { keyRevocationMessage, logMessage, mailMessage, revocationMessage, userMessage } from './messages.ts';

const event = {
  id: 'e1',
  time: '2026-10-31T12:00:00.000Z',
  service: 'auth',
  actor: null,
  action: 'USER_REGISTERED',
  level: 'INFO',
  subject: { type: 'user', id: 'u1' },
  operation_id: null,
  concerns: [] as string[],
  correlation_id: null,
  message: `${SLOT} registered.`,
  names: [{ of: 'u1', text: 'ann' }],
  data: {},
} as const satisfies AuditEvent;

test('the subject of an audit event has the group of its actor and its level', (t) => {
  const by = (role: 'member' | 'agent' | 'superuser') => ({
    ...event,
    actor: { id: 'u1', username: 'ann', role },
  });
  t.is(logMessage(event).subject, 'log.system.info');
  t.is(logMessage({ ...by('member'), level: 'WARNING' }).subject, 'log.membres.warning');
  const error = {
    service: 'mailer',
    action: 'MAIL_DEAD_LETTERED',
    level: 'ERROR',
    subject: { type: 'mail', id: 'm1' },
  } as const;
  t.is(logMessage({ ...by('agent'), ...error }).subject, 'log.agents.error');
  t.is(logMessage(by('superuser')).subject, 'log.agents.info');
  const payload = { ...event, traceparent: null };
  t.deepEqual(logMessage(event), { id: 'e1', subject: 'log.system.info', payload });
});

test('each message has an id, by which JetStream recognizes a duplicate', (t) => {
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
    refused_mails: [],
    mail_secret: null,
  } as const;
  t.like(userMessage(user), { id: 'u1.3', subject: 'users.u1' });
  t.like(revocationMessage({ session_id: 's1', until: event.time }), {
    id: 'revocation.s1',
    subject: 'revocations.s1',
  });
  const kid = 'k'.repeat(43);
  t.like(keyRevocationMessage({ kid }), { id: `revocation.${kid}`, subject: `revocations.key.${kid}` });
});
