import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventKeySettings, readSettings } from '@guichet/config';
import { SERVICES, type ServiceName } from '@guichet/contract';
import { createEnvelope, toEventKeys } from '@guichet/events';
import { parseSigningKeys, retiredKey } from '@guichet/log-checkpoints';
import test from 'ava';
import { fromNamedSecrets, toNamedSecrets } from './named-secrets.ts';
import { rotateObject } from './rotate-object.ts';
import { rotateValues, type Values } from './rotate-values.ts';
import { runSecretsCommand } from './run-secrets-command.ts';
import { ensureSecrets, newSecrets } from './secrets.ts';

test('a list of keys is rotated in steps: the new key first opens, then seals, then is alone', (t) => {
  for (const name of ['session', 'key-encryption']) {
    const [old = ''] = Object.values(toNamedSecrets(newSecrets())[name] ?? {});
    const added = rotateValues(name, 'add', { key: old }).key ?? '';
    const [first, second = ''] = added.split(',');
    t.is(first, old);
    t.is(second.length, old.length);
    t.deepEqual(rotateValues(name, 'promote', { key: added }), { key: `${second},${old}` });
    t.deepEqual(rotateValues(name, 'retire', { key: `${second},${old}` }), { key: second });
    t.regex(
      rotateValues(name, 'rotate', { key: old }).key ?? '',
      new RegExp(`^[^,]+,${old.replace(/[+]/g, '\\+')}$`),
    );
    t.throws(() => rotateValues(name, 'promote', { key: old }), { message: /add one first/ });
  }
});

test('a key that signed checkpoints of the log is retired to its public half, so that they can be verified', (t) => {
  const { key: old = '' } = toNamedSecrets(newSecrets())['log-signing'] ?? {};
  const step = (name: 'add' | 'promote' | 'rotate' | 'retire', key: string) =>
    rotateValues('log-signing', name, { key }).key ?? '';
  const promoted = step('promote', step('add', old));
  const [first = '', second] = promoted.split(',');
  t.is(second, old);
  const retired = step('retire', promoted);
  t.is(retired, `${first},${retiredKey(old)}`);
  t.is(step('retire', retired), retired);
  t.throws(() => step('promote', retired), { message: /add one first/ });
  const again = step('promote', step('add', retired)).split(',');
  t.deepEqual(again.slice(1), [first, retiredKey(old)]);
  t.is(parseSigningKeys(again).published.keys.length, 3);
  t.is(step('rotate', retired).split(',').length, 3);
});

test('at every step of a rotation, a service reads what a service at the step before or after it sealed', (t) => {
  const { 'event-keys': old = {} } = toNamedSecrets(newSecrets());
  const added = rotateValues('event-keys', 'add', old);
  const promoted = rotateValues('event-keys', 'promote', added);
  const retired = rotateValues('event-keys', 'retire', promoted);
  const steps = [old, added, promoted, retired];
  const canRead = (sealed: Values, opened: Values): boolean => {
    const message = { id: 'u1.1', subject: 'users.u1' };
    const data = envelopeOf('auth', sealed).seal({ ...message, payload: Buffer.from('x') });
    return ['accounts', 'logging', 'mailer'].every((reader) => {
      try {
        return envelopeOf(reader as ServiceName, opened).open({ ...message, data }).sender === 'auth';
      } catch {
        return false;
      }
    });
  };
  for (const [at, step] of steps.entries()) {
    for (const other of steps.slice(Math.max(0, at - 1), at + 2)) t.true(canRead(step, other));
  }
  t.true(canRead(old, promoted), 'what was sealed before can be read until the old keys are retired');
  t.false(canRead(old, retired));
  t.false(canRead(retired, old), 'the old keys read nothing new');
  for (const service of SERVICES) t.not(retired[service], old[service]);
});

function envelopeOf(service: ServiceName, { public: EVENT_PUBLIC_KEYS, ...secret }: Values) {
  return createEnvelope(
    service,
    toEventKeys(readSettings(eventKeySettings, { EVENT_SECRET_KEY: secret[service], EVENT_PUBLIC_KEYS })),
  );
}

test('a password is replaced, and has no other step', (t) => {
  const passwords = { root: 'a', probe: 'b' };
  const { root, probe } = rotateValues('mysql', 'rotate', passwords);
  t.is(new Set([root, probe, 'a', 'b']).size, 4);
  t.throws(() => rotateValues('auth-database', 'add', { password: 'a' }), { message: /one value at a time/ });
});

test('secrets that are read once say where their passwords are changed', (t) => {
  for (const name of ['superuser', 'demo'])
    t.throws(() => rotateValues(name, 'rotate', { password: 'a' }), { message: /security/ });
});

test('the names of the secrets lose none of them', (t) => {
  const secrets = newSecrets();
  t.deepEqual(fromNamedSecrets(toNamedSecrets(secrets)), secrets);
});

test('a secret of Kubernetes keeps everything but its values', async (t) => {
  const object = {
    kind: 'Secret',
    metadata: { name: 'x', resourceVersion: '7' },
    data: { password: 'b2xk' },
  };
  const after = await rotateObject('auth-nats', 'rotate', object, new Date());
  t.like(after, { kind: 'Secret', metadata: object.metadata });
  t.regex(Buffer.from(after.data.password, 'base64').toString(), /^[0-9a-f]{48}$/);
});

test('the command changes one secret of a folder, prints none, and says what is wrong', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-secrets-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const refused = (args: string[], message: RegExp) =>
    t.throwsAsync(runSecretsCommand(folder, args), { name: 'UserError', message });
  await refused(['list'], /There are no secrets/);
  const before = await ensureSecrets(folder);
  const printed = await runSecretsCommand(folder, ['rotate', 'mailer-nats']);
  const after = JSON.parse(await readFile(join(folder, 'secrets.json'), 'utf8'));
  t.not(after.nats.mailer, before.nats.mailer);
  t.deepEqual({ ...after, nats: { ...after.nats, mailer: before.nats.mailer } }, before);
  t.false(printed.join().includes(after.nats.mailer));
  t.deepEqual(await runSecretsCommand(folder, ['list']), [
    ...Object.keys(toNamedSecrets(before)),
    'authority',
  ]);
  await refused(['rotate', 'mailer'], /no secret mailer\. Secrets: .*mailer-nats/);
  for (const args of [
    [],
    ['rotate'],
    ['change', 'session'],
    ['rotate', 'session', 'now'],
    ['list', 'session'],
  ])
    await refused(args, /^Use list \| add/);
  t.deepEqual(JSON.parse(await readFile(join(folder, 'secrets.json'), 'utf8')), after);
});
