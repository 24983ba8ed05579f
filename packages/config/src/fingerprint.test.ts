import test from 'ava';
import { fingerprintSettings, isSecretSetting } from './fingerprint.ts';

test('settings have one fingerprint in any order, and another once one changes', (t) => {
  const fingerprint = fingerprintSettings({ PORT: 1, HOST: 'a', NATS_USER: undefined });
  t.regex(fingerprint, /^[0-9a-f]{64}$/);
  t.is(fingerprintSettings({ HOST: 'a', PORT: 1 }), fingerprint);
  t.not(fingerprintSettings({ HOST: 'a', PORT: 2 }), fingerprint);
  t.not(fingerprintSettings({ HOST: 'a' }), fingerprint);
  t.not(fingerprintSettings({ LIMIT_DAY: 1n }), fingerprintSettings({ LIMIT_DAY: 2n }));
});

test('secrets are no part of it', (t) => {
  const withSecret = (secret: string) => fingerprintSettings({ PORT: 1, DATABASE_PASSWORD: secret });
  t.is(withSecret('a'), withSecret('b'));
  for (const name of [
    'SMTP_PASSWORD',
    'SMTP_URL',
    'SUPERUSER_PASSWORD',
    'EVENT_SECRET_KEY',
    'SESSION_SECRET',
    'KEY_ENCRYPTION_KEY',
  ])
    t.true(isSecretSetting(name), name);
  for (const name of ['PASSWORD_HASHES_AT_ONCE', 'EVENT_PUBLIC_KEYS', 'SIGNING_KEY_DAYS', 'PORT'])
    t.false(isSecretSetting(name), name);
});
