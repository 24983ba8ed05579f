import { ConfigError, readSettings } from '@guichet/config';
import test from 'ava';
import { authSettings, policyFrom, rotationFrom } from './config.ts';

const environment = {
  TLS_DIRECTORY: '/tls',
  DATABASE_HOSTS: 'mysql',
  DATABASE_NAME: 'auth',
  DATABASE_USER: 'auth',
  DATABASE_PASSWORD: 'secret',
  NATS_SERVERS: 'nats:4222',
  EVENT_SECRET_KEY: 'k'.repeat(43),
  EVENT_PUBLIC_KEYS: `auth=${'a'.repeat(43)}`,
  PUBLIC_URL: 'https://bank.example/',
  ACCOUNTS_URL: 'https://accounts:8443',
  LOGGING_URL: 'https://logging:8443',
  KEY_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
};

test('the settings have sensible defaults', (t) => {
  const settings = readSettings(authSettings, environment);
  t.deepEqual(policyFrom(settings), {
    registration: 'approval',
    requireTotpForStaff: false,
    publicUrl: 'https://bank.example',
    tokenTtlSeconds: 600,
    sessionIdleSeconds: 30 * 86_400,
    sessionMaxSeconds: 90 * 86_400,
  });
  t.deepEqual(rotationFrom(settings), { intervalMs: 30 * 86_400_000, aheadMs: 3_600_000 });
  t.deepEqual(settings.KEY_ENCRYPTION_KEY, [Buffer.alloc(32, 1)]);
});

test('the key that seals secrets in the database is a list', (t) => {
  const keys = [Buffer.alloc(32, 2), Buffer.alloc(32, 1)];
  const listed = (...texts: string[]) =>
    readSettings(authSettings, { ...environment, KEY_ENCRYPTION_KEY: texts.join(',') }).KEY_ENCRYPTION_KEY;
  const [second = '', first = ''] = keys.map((key) => key.toString('base64'));
  t.deepEqual(listed(second, ` ${first}`), keys as never);
  t.throws(() => listed(second, 'c2hvcnQ='), { message: /KEY_ENCRYPTION_KEY: must be a list of keys/ });
  t.throws(() => listed(second, second), { message: /KEY_ENCRYPTION_KEY: must not contain a key twice/ });
  t.throws(() => listed(','), { message: /KEY_ENCRYPTION_KEY/ });
});

test('every invalid setting is named at once, and no secret is shown', (t) => {
  const error = t.throws(
    () =>
      readSettings(authSettings, {
        ...environment,
        REGISTRATION: 'maybe',
        KEY_ENCRYPTION_KEY: 'c2hvcnQ=',
        SUPERUSER_EMAIL: 'nobody',
        ACCOUNTS_URL: 'http://accounts',
        LOGGING_URL: 'logging',
      }),
    { instanceOf: ConfigError },
  );
  for (const name of [
    'REGISTRATION',
    'KEY_ENCRYPTION_KEY',
    'SUPERUSER_EMAIL',
    'ACCOUNTS_URL',
    'LOGGING_URL',
  ]) {
    t.true(error.message.includes(name), name);
  }
  t.false(error.message.includes('c2hvcnQ='));
});
