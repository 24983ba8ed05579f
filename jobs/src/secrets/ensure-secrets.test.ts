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
