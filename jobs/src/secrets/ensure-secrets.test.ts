import { X509Certificate } from 'node:crypto';
import { eventKeySettings, readSettings } from '@guichet/config';
import type { ServiceName } from '@guichet/contract';
import { createEnvelope, toEventKeys } from '@guichet/events';
import test from 'ava';
import { ensureCertificates, ensureSecrets, type SecretPlan } from './ensure-secrets.ts';
import type { NewSecret, SecretData, SecretStore } from './secret-store.ts';

const PLAN: SecretPlan = {
  labels: { 'guichet/release': 'guichet' },
  secrets: [
    { name: 'superuser', values: { password: 'readable' } },
    {
      name: 'event-keys',
      values: {
        auth: 'event-secret',
        accounts: 'event-secret',
        logging: 'event-secret',
        mailer: 'event-secret',
        frontend: 'event-secret',
        public: 'event-public',
      },
    },
  ],
  authority: { secret: 'authority', commonName: 'test authority', days: 3650 },
  certificateDays: 90,
  certificates: [
    {
      secret: 'auth-tls',
      commonName: 'auth',
      dnsNames: ['auth', '*.auth-headless.bank.svc'],
      ipAddresses: ['127.0.0.1'],
    },
  ],
};
const NOW = new Date('2026-11-22T12:00:00Z');

function memory(): SecretStore & { secrets: Map<string, SecretData>; made: NewSecret[] } {
  const secrets = new Map<string, SecretData>();
  const made: NewSecret[] = [];
  return {
    secrets,
    made,
    read: async (name) => secrets.get(name) ?? null,
    async create(secret) {
      if (secrets.has(secret.name)) return false;
      made.push(secret);
      secrets.set(secret.name, secret.data);
      return true;
    },
    async set(name, data) {
      secrets.set(name, { ...secrets.get(name), ...data });
    },
  };
}

async function run(store: SecretStore, { plan = PLAN, now = NOW, renewAll = false } = {}): Promise<string[]> {
  const messages: string[] = [];
  const options = { store, now, say: (text: string) => messages.push(text) };
  await ensureSecrets(plan, options);
  await ensureCertificates(plan, options, { renewAll });
  return messages;
}

test('missing secrets are created, and a second run changes nothing', async (t) => {
  const store = memory();
  t.deepEqual(await run(store), [
    'created superuser',
    'created event-keys',
    'created authority',
    'created auth-tls',
  ]);
  const before = new Map(store.secrets);
  t.deepEqual(await run(store), ['kept superuser', 'kept event-keys', 'kept authority', 'kept auth-tls']);
  t.deepEqual(store.secrets, before);
  t.true(store.made.every(({ labels }) => labels['guichet/release'] === 'guichet'));
});

test('a key that a later release needs is added, and the others are unchanged', async (t) => {
  const store = memory();
  await run(store);
  const { password } = store.secrets.get('superuser') ?? {};
  const plan: SecretPlan = {
    ...PLAN,
    secrets: [{ name: 'superuser', values: { password: 'readable', more: 'key' } }],
  };
  const messages = await run(store, { plan });
  t.is(messages[0], 'added more to superuser');
  t.is(store.secrets.get('superuser')?.password, password);
  t.is(Buffer.from(store.secrets.get('superuser')?.more ?? '', 'base64').length, 32);
});

test('a partial set of event keys is not completed with keys that do not match', async (t) => {
  const store = memory();
  store.secrets.set('event-keys', { public: 'x' });
  await t.throwsAsync(run(store), { message: /must be generated together with the other event keys/ });
});

test('the secret event keys of the services match the public ones', async (t) => {
  const store = memory();
  await run(store);
  const { public: EVENT_PUBLIC_KEYS = '', ...secret } = store.secrets.get('event-keys') ?? {};
  const envelopeOf = (party: ServiceName) =>
    createEnvelope(
      party,
      toEventKeys(readSettings(eventKeySettings, { EVENT_SECRET_KEY: secret[party], EVENT_PUBLIC_KEYS })),
    );
  const message = { id: 'u1.1', subject: 'users.u1' };
  const data = envelopeOf('auth').seal({ ...message, payload: Buffer.from('x') });
  for (const reader of ['accounts', 'logging', 'mailer'] as const)
    t.is(envelopeOf(reader).open({ ...message, data }).sender, 'auth');
});

test('a certificate contains its names and is signed by the authority', async (t) => {
  const store = memory();
  await run(store);
  const data = store.secrets.get('auth-tls') ?? {};
  const certificate = new X509Certificate(data['tls.crt'] ?? '');
  t.is(certificate.subject, 'CN=auth');
  t.is(certificate.subjectAltName, 'DNS:auth, DNS:*.auth-headless.bank.svc, IP Address:127.0.0.1');
  t.true(certificate.verify(new X509Certificate(data['ca.crt'] ?? '').publicKey));
});

test('a renewal reissues every certificate from the same authority', async (t) => {
  const store = memory();
  await run(store);
  const before = store.secrets.get('auth-tls');
  t.true((await run(store, { renewAll: true })).includes('renewed auth-tls'));
  const after = store.secrets.get('auth-tls');
  t.not(after?.['tls.crt'], before?.['tls.crt']);
  t.is(after?.['ca.crt'], before?.['ca.crt']);
});

test('a certificate is also renewed when less than a third of its lifetime is left, or its names have changed', async (t) => {
  const store = memory();
  await run(store);
  const late = new Date(NOW.getTime() + 61 * 86_400_000);
  t.true((await run(store, { now: late })).includes('renewed auth-tls'));
  const plan: SecretPlan = {
    ...PLAN,
    certificates: (PLAN.certificates ?? []).map((each) => ({ ...each, dnsNames: ['auth', 'other'] })),
  };
  t.true((await run(store, { plan, now: late })).includes('renewed auth-tls'));
});

test('an expired authority is an error, because an operator has to decide', async (t) => {
  const store = memory();
  await run(store);
  const late = new Date(NOW.getTime() + 3651 * 86_400_000);
  await t.throwsAsync(run(store, { now: late }), { message: /authority .* has expired/ });
});

const KEY = { name: 'key-encryption', irreplaceable: true, values: { key: 'key' } } as const;
const WITH_KEY: SecretPlan = { ...PLAN, record: 'created', secrets: [...PLAN.secrets, KEY] };

test('a deleted secret comes back with the next run, and nothing else changes', async (t) => {
  const store = memory();
  await run(store, { plan: WITH_KEY });
  for (const name of ['superuser', 'auth-tls']) {
    const before = new Map(store.secrets);
    store.secrets.delete(name);
    t.deepEqual(
      (await run(store, { plan: WITH_KEY })).filter((message) => !message.startsWith('kept ')),
      [`created ${name}`],
    );
    t.deepEqual([...store.secrets.keys()].sort(), [...before.keys()].sort());
    for (const [other, data] of before)
      if (other !== name) t.deepEqual(store.secrets.get(other), data, other);
  }
});

test('a key that data was sealed with is not replaced by another: the run says so, after all the others', async (t) => {
  const store = memory();
  await run(store, { plan: WITH_KEY });
  const { 'key-encryption': at } = store.secrets.get('created') ?? {};
  t.is(at, NOW.toISOString());
  for (const name of ['key-encryption', 'superuser']) store.secrets.delete(name);
  const messages: string[] = [];
  await t.throwsAsync(ensureSecrets(WITH_KEY, { store, now: NOW, say: (text) => messages.push(text) }), {
    message: /^key-encryption: deleted, and not created again/,
  });
  t.deepEqual(messages, ['created superuser', 'kept event-keys', 'lost key-encryption']);
  t.false(store.secrets.has('key-encryption'));

  store.secrets.set('key-encryption', {});
  await t.throwsAsync(run(store, { plan: WITH_KEY }), { message: /^key-encryption: deleted/ });
  // What the runbook does if no copy exists.
  store.secrets.delete('key-encryption');
  store.secrets.set('created', {});
  t.true((await run(store, { plan: WITH_KEY })).includes('created key-encryption'));
});

test('a key of the operator, which no run created, is created if the plan asks for it later', async (t) => {
  const store = memory();
  await run(store, { plan: { ...PLAN, record: 'created' } });
  t.false(store.secrets.has('created'));
  t.true((await run(store, { plan: WITH_KEY })).includes('created key-encryption'));
});

test('an authority that replaces a lost one is trusted first, and signs in a later run', async (t) => {
  const store = memory();
  await run(store);
  const { 'tls.crt': lost = '' } = store.secrets.get('authority') ?? {};
  const before = store.secrets.get('auth-tls');
  store.secrets.delete('authority');
  const inMinutes = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
  for (const now of [NOW, inMinutes(5)]) await run(store, { now });
  const { 'ca.crt': trusted = '', 'tls.crt': next = '' } = store.secrets.get('authority') ?? {};
  t.is(trusted, next + lost);
  t.not(new X509Certificate(next).subject, new X509Certificate(lost).subject);
  t.deepEqual(store.secrets.get('auth-tls'), { ...before, 'ca.crt': trusted });
  t.true((await run(store, { now: inMinutes(10) })).includes('renewed auth-tls'));
  const after = store.secrets.get('auth-tls');
  t.is(after?.['ca.crt'], trusted);
  t.true(new X509Certificate(after?.['tls.crt'] ?? '').verify(new X509Certificate(next).publicKey));
  t.deepEqual((await run(store, { now: inMinutes(20) })).at(-1), 'kept auth-tls');
});
