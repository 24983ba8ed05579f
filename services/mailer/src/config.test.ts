import { readSettings } from '@guichet/config';
import test from 'ava';
import { mailerSettings } from './config.ts';

const valid = {
  TLS_DIRECTORY: '/tls',
  NATS_SERVERS: 'nats:4222',
  AUTH_URL: 'https://auth:8443',
  EVENT_SECRET_KEY: 'k'.repeat(43),
  EVENT_PUBLIC_KEYS: `auth=${'a'.repeat(43)},mailer=${'m'.repeat(43)}`,
  SMTP_HOST: 'mail.example',
  SMTP_PORT: '587',
  MAIL_FROM: 'Guichet <bank@guichet.example>',
  PUBLIC_URL: 'https://bank.example/',
};

test('valid settings are read, and the others have their defaults', (t) => {
  t.like(readSettings(mailerSettings, valid), {
    PUBLIC_URL: 'https://bank.example',
    MAIL_TRIES: 20,
  });
});

test('every invalid setting is named at once', (t) => {
  const error = t.throws(() =>
    readSettings(mailerSettings, {
      ...valid,
      SMTP_PORT: '0',
      MAIL_FROM: 'x\r\nBcc: y@z',
      SMTP_SECURITY: 'maybe',
      PUBLIC_URL: 'ftp://x',
    }),
  );
  for (const name of ['SMTP_PORT', 'MAIL_FROM', 'SMTP_SECURITY', 'PUBLIC_URL'])
    t.true(error.message.includes(name), name);
});
