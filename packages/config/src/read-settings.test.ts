import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { z } from 'zod';
import { clockSettings, databaseSettings, natsSettings, serverSettings } from './fragments.ts';
import { ConfigError, readSettings } from './read-settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'guichet-config-'));
test.after.always(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const shape = {
  DATABASE_HOST: z.string(),
  PORT: z.coerce.number().int().min(1).max(65_535).default(8443),
  DATABASE_PASSWORD: z.string().min(8),
  MODE: z.enum(['approval', 'open']).default('approval'),
  EXTRA: z.string().optional(),
};
const valid = { DATABASE_HOST: 'db', DATABASE_PASSWORD: 'long enough' };

test('settings are read, typed, and given their defaults; other variables are ignored', (t) => {
  t.deepEqual(readSettings(shape, { ...valid, PORT: '80', PATH: '/bin' }), {
    ...valid,
    PORT: 80,
    MODE: 'approval',
    EXTRA: undefined,
  });
});

test('every invalid setting is reported at once, one per line', (t) => {
  const error = t.throws(
    () => readSettings(shape, { PORT: 'eighty', MODE: 'closed', EXTRA_FILE: '/nowhere/at/all' }),
    { instanceOf: ConfigError },
  );
  const lines = error.message.split('\n').slice(1);
  t.is(lines.length, 5, error.message);
  t.regex(error.message, /DATABASE_HOST is missing/);
  t.regex(error.message, /DATABASE_PASSWORD is missing/);
  t.regex(error.message, /PORT: /);
  t.regex(error.message, /MODE: .*approval.*open/);
  t.regex(error.message, /EXTRA_FILE cannot be read: ENOENT \/nowhere\/at\/all/);
});

test('a setting can be read from a file, whose content is trimmed', (t) => {
  const DATABASE_PASSWORD_FILE = file('password', '  a secret, with spaces \n\n');
  const settings = readSettings(shape, { DATABASE_HOST: 'db', DATABASE_PASSWORD_FILE });
  t.is(settings.DATABASE_PASSWORD, 'a secret, with spaces');
});

test('a setting given both as a value and as a file is an error, because one of them must be a mistake', (t) => {
  const DATABASE_PASSWORD_FILE = file('both', 'from the file');
  t.throws(() => readSettings(shape, { ...valid, DATABASE_PASSWORD_FILE }), {
    message: /DATABASE_PASSWORD and DATABASE_PASSWORD_FILE are both set/,
  });
});

test('an empty value, path or file counts as absent', (t) => {
  const settings = readSettings(shape, {
    ...valid,
    PORT: '',
    EXTRA: '',
    MODE_FILE: '',
    EXTRA_FILE: file('empty', ' \n'),
  });
  t.is(settings.PORT, 8443);
  t.is(settings.EXTRA, undefined);
  t.throws(() => readSettings(shape, { DATABASE_HOST: 'db', DATABASE_PASSWORD_FILE: file('none', '\n') }), {
    message: /DATABASE_PASSWORD is missing/,
  });
});

test('no message contains a value, because it may be a secret', (t) => {
  const secret = 'hunter2';
  const secrets = {
    SHORT: z.string().min(30),
    BASE64: z.string().length(44),
    URL: z.url(),
    WORD: z.enum(['a', 'b']),
    NUMBER: z.coerce.number(),
    PATTERN: z.string().regex(/^SX/),
    JSON: z.string().transform((text) => JSON.parse(text)),
    MAIL: z.email(),
  };
  const environment = Object.fromEntries(Object.keys(secrets).map((name) => [name, secret]));
  const direct = t.throws(() => readSettings(secrets, environment), { instanceOf: ConfigError });
  const path = file('secret', secret);
  const files = Object.fromEntries(Object.keys(secrets).map((name) => [`${name}_FILE`, path]));
  const filed = t.throws(() => readSettings(secrets, files), { instanceOf: ConfigError });
  for (const { message } of [direct, filed]) {
    t.false(message.includes(secret), message);
    t.is(message.split('\n').length, Object.keys(secrets).length + 1, message);
  }
});

test('the shared settings have valid defaults and refuse values that cannot work', (t) => {
  const server = readSettings(serverSettings, { TLS_DIRECTORY: '/tls' });
  t.like(server, { PORT: 8443, ADMIN_PORT: 9100, LOG_LEVEL: 'info' });
  t.like(readSettings(clockSettings, {}), { CLOCK_OFFSET_SECONDS: 0 });
  const database = {
    DATABASE_HOSTS: 'db',
    DATABASE_NAME: 'auth',
    DATABASE_USER: 'auth',
    DATABASE_PASSWORD: 'secret',
  };
  t.like(readSettings(databaseSettings, database), {
    DATABASE_PORT: 3306,
    DATABASE_POOL: 10,
    DATABASE_TLS: 'required',
  });
  t.throws(() => readSettings(databaseSettings, { ...database, DATABASE_POOL: '1' }), {
    message: /DATABASE_POOL: /,
  });
  t.throws(() => readSettings(databaseSettings, { ...database, DATABASE_TLS: 'maybe' }), {
    message: /DATABASE_TLS: /,
  });
  t.deepEqual(readSettings(natsSettings, { NATS_SERVERS: ' a:4222, b:4222,' }).NATS_SERVERS, [
    'a:4222',
    'b:4222',
  ]);
  t.throws(() => readSettings(natsSettings, { NATS_SERVERS: ' , ' }), {
    message: /NATS_SERVERS: must name at least one server/,
  });
});
