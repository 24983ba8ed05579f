import { ConfigError } from '@guichet/config';
import test from 'ava';
import type { SmtpSettings } from './config.ts';
import { mailServerOf } from './mail-server.ts';

const apart = { SMTP_HOST: 'mail.example', SMTP_PORT: 587 };
const read = (settings: Partial<SmtpSettings>) => mailServerOf({ SMTP_CONNECTIONS: 5, ...settings });
const refusal = (settings: Partial<SmtpSettings>) => {
  try {
    read(settings);
  } catch (error) {
    return error instanceof ConfigError ? error.message : String(error);
  }
  return 'accepted';
};

test('a mail server is read from its URL', (t) => {
  t.deepEqual(read({ SMTP_URL: 'smtp://bank:p%40ss%3Aw%2Frd@mail.example:2525' }), {
    host: 'mail.example',
    port: 2525,
    security: 'starttls',
    user: 'bank',
    password: 'p@ss:w/rd',
  });
  t.like(read({ SMTP_URL: 'smtps://mail.example' }), { port: 465, security: 'tls', user: undefined });
  t.like(read({ SMTP_URL: 'smtp://[::1]/' }), { host: '::1', port: 587 });
  t.like(read({ SMTP_URL: 'smtp://mail:1025', SMTP_SECURITY: 'none' }), { port: 1025, security: 'none' });
});

test('a mail server is read from the settings of its parts', (t) => {
  t.like(read({ ...apart, SMTP_USER: 'bank' }), { host: 'mail.example', security: 'starttls', user: 'bank' });
  t.regex(refusal({}), /SMTP_HOST is missing; set SMTP_URL/);
  t.regex(refusal({ SMTP_HOST: 'mail.example' }), /SMTP_PORT is missing/);
});

test('a URL beside a setting that it has, or that contradicts it, is refused', (t) => {
  const SMTP_URL = 'smtps://bank:hunter2@mail.example';
  const message = refusal({ ...apart, SMTP_URL, SMTP_PASSWORD: 'hunter2', SMTP_SECURITY: 'none' });
  for (const name of ['SMTP_HOST', 'SMTP_PORT', 'SMTP_PASSWORD'])
    t.true(message.includes(`${name} and SMTP_URL are both set; keep one`), name);
  t.true(message.includes('SMTP_SECURITY none contradicts the smtps:// of SMTP_URL'));
  t.false(message.includes('hunter2'));
  t.regex(refusal({ SMTP_URL: 'smtp://mail.example', SMTP_SECURITY: 'tls' }), /contradicts the smtp:/);
});

test('what is no address of a mail server is refused without being repeated', (t) => {
  for (const SMTP_URL of [
    'hunter2',
    'https://bank:hunter2@mail.example',
    'smtp://bank:hunter2%@mail.example',
    'smtp://bank:hunter2@mail.example/path',
    'smtp://bank:hunter2@mail.example?tls=off',
    'smtp://',
  ]) {
    const message = refusal({ SMTP_URL });
    t.regex(message, /SMTP_URL must be smtp:/, SMTP_URL);
    t.false(message.includes('hunter2'), SMTP_URL);
  }
});
