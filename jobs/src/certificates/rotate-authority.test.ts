import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import test from 'ava';
import { ensureCertificates, type SecretPlan } from '../secrets/ensure-secrets.ts';
import type { Values } from '../secrets/rotate-values.ts';
import type { SecretData, SecretStore } from '../secrets/secret-store.ts';
import { rotateAuthority } from './rotate-authority.ts';

const NOW = new Date();
const PLAN: SecretPlan = {
  labels: {},
  secrets: [],
  authority: { secret: 'authority', commonName: 'bank/guichet authority', days: 3650 },
  certificates: ['auth', 'accounts'].map((name) => ({
    secret: name,
    commonName: name,
    dnsNames: [name],
    ipAddresses: ['127.0.0.1'],
  })),
};

function storeIn(secrets: Map<string, SecretData>): SecretStore {
  return {
    read: async (name) => secrets.get(name) ?? null,
    async create({ name, data }) {
      secrets.set(name, data);
      return true;
    },
    async set(name, data) {
      secrets.set(name, { ...secrets.get(name), ...data });
    },
  };
}

/** The certificates of auth and accounts that the jobs issue for an authority, and what they say. */
async function issuedBy(authority: Values | null, before: ReadonlyMap<string, SecretData> = new Map()) {
  const secrets = new Map([...before, ...(authority === null ? [] : [['authority', authority] as const])]);
  const messages: string[] = [];
  await ensureCertificates(PLAN, { store: storeIn(secrets), now: NOW, say: (text) => messages.push(text) });
  return { secrets, messages };
}

/** Whether a server and a client with these certificates accept each other. */
async function accept(server: SecretData = {}, client: SecretData = {}): Promise<boolean> {
  const optionsOf = (own: SecretData) => ({
    ca: own['ca.crt'] ?? '',
    cert: own['tls.crt'] ?? '',
    key: own['tls.key'] ?? '',
    minVersion: 'TLSv1.3' as const,
  });
  const listener = createServer(
    { ...optionsOf(server), requestCert: true, rejectUnauthorized: true },
    (socket) => socket.end('hello'),
  );
  listener.on('tlsClientError', () => undefined);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const socket = connect({ ...optionsOf(client), host: '127.0.0.1', port, servername: 'auth' });
  try {
    return String(await once(socket, 'data')) === 'hello';
  } catch {
    return false;
  } finally {
    socket.destroy();
    listener.close();
  }
}

test('at every step a process accepts the certificates of the step before and after it', async (t) => {
  const first = await issuedBy(null);
  const steps = [first.secrets];
  for (const step of ['add', 'promote', 'retire'] as const) {
    const last = steps.at(-1) ?? new Map();
    const authority = await rotateAuthority(step, last.get('authority') ?? {}, NOW);
    const { secrets, messages } = await issuedBy(authority, last);
    t.deepEqual(messages, ['kept authority', 'renewed auth', 'renewed accounts'], step);
    t.deepEqual((await issuedBy(null, secrets)).messages, ['kept authority', 'kept auth', 'kept accounts']);
    steps.push(secrets);
  }
  for (const [at, step] of steps.entries()) {
    for (const other of steps.slice(Math.max(0, at - 1), at + 2)) {
      t.true(await accept(step.get('auth'), other.get('accounts')));
      t.true(await accept(other.get('auth'), step.get('accounts')));
    }
  }
  const [old, , , retired] = steps;
  t.false(
    await accept(retired?.get('auth'), old?.get('accounts')),
    'a certificate of the old authority is refused',
  );
  t.false(await accept(old?.get('auth'), retired?.get('accounts')));
  const after = retired?.get('authority') ?? {};
  t.deepEqual(Object.keys(after).sort(), ['ca.crt', 'tls.crt', 'tls.key']);
  t.not(after['tls.key'], old?.get('authority')?.['tls.key']);
});

test('another authority has another name, and is valid as long as the first', async (t) => {
  const { secrets } = await issuedBy(null);
  const year = new Date(NOW.getTime() + 365 * 86_400_000);
  const added = await rotateAuthority('add', secrets.get('authority') ?? {}, NOW);
  const again = await rotateAuthority('add', await rotateAuthority('promote', added, NOW), year);
  const [one, two, three] = [added['tls.crt'], added['next.crt'], again['next.crt']].map(
    (pem) => new X509Certificate(pem ?? ''),
  );
  t.is(one?.subject, 'CN=bank/guichet authority');
  t.is(two?.subject, `CN=bank/guichet authority since ${NOW.toISOString()}`);
  t.is(three?.subject, `CN=bank/guichet authority since ${year.toISOString()}`);
  const days = (certificate?: X509Certificate) =>
    Math.round(
      ((certificate?.validToDate.getTime() ?? 0) - (certificate?.validFromDate.getTime() ?? 0)) / 86_400_000,
    );
  t.is(days(three), days(one));
});

test('steps in another order are refused, and so is a change at once', async (t) => {
  const { secrets } = await issuedBy(null);
  const authority = secrets.get('authority') ?? {};
  const added = await rotateAuthority('add', authority, NOW);
  await t.throwsAsync(rotateAuthority('promote', authority, NOW), { message: /add one first/ });
  await t.throwsAsync(rotateAuthority('add', added, NOW), { message: /promote it/ });
  await t.throwsAsync(rotateAuthority('retire', added, NOW), { message: /promote it first/ });
  await t.throwsAsync(rotateAuthority('rotate', authority, NOW), { message: /refuse each other/ });
});
