import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type PeerCertificate } from 'node:tls';
import test from 'ava';
import { ensureCertificates } from './certificate-files.ts';

const DAY_MS = 86_400_000;

async function temporaryFolder(t: { teardown(end: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-certificates-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function pem(folder: string, name: string) {
  const read = (file: string) => readFile(join(folder, name, file), 'utf8');
  return { ca: await read('ca.crt'), cert: await read('tls.crt'), key: await read('tls.key') };
}

/** The client's common name as the server sees it, or the error of a failed handshake. */
async function handshake(server: Awaited<ReturnType<typeof pem>>, client: Awaited<ReturnType<typeof pem>>) {
  const listener = createServer({ ...server, requestCert: true, rejectUnauthorized: true });
  const seen = new Promise<string>((resolve) => {
    listener.once('secureConnection', (socket) => {
      const { subject } = socket.getPeerCertificate() as PeerCertificate;
      socket.end();
      resolve(String(subject.CN));
    });
    listener.once('tlsClientError', (error) => resolve(error.message));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as { port: number };
  const socket = connect({ ...client, host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  socket.resume();
  const name = await seen;
  socket.destroy();
  listener.close();
  return name;
}

test('a service learns the name of its client from mutual TLS', async (t) => {
  const folder = await temporaryFolder(t);
  t.deepEqual(await ensureCertificates(folder, ['auth', 'accounts']), ['auth', 'accounts']);
  t.is(await handshake(await pem(folder, 'auth'), await pem(folder, 'accounts')), 'accounts');
});

test('a certificate of another authority is refused', async (t) => {
  const [ours, theirs] = [await temporaryFolder(t), await temporaryFolder(t)];
  await Promise.all([ensureCertificates(ours, ['auth']), ensureCertificates(theirs, ['accounts'])]);
  const stranger = { ...(await pem(theirs, 'accounts')), ca: (await pem(ours, 'auth')).ca };
  t.not(await handshake(await pem(ours, 'auth'), stranger), 'accounts');
});

test('only their owner can read the keys', async (t) => {
  const folder = await temporaryFolder(t);
  await ensureCertificates(folder, ['auth']);
  t.is((await stat(join(folder, 'auth', 'tls.key'))).mode & 0o777, 0o600);
  t.is((await stat(join(folder, 'ca', 'tls.key'))).mode & 0o777, 0o600);
});

test('valid certificates are kept, and those that expire within 30 days are renewed', async (t) => {
  const folder = await temporaryFolder(t);
  await ensureCertificates(folder, ['auth']);
  t.deepEqual(await ensureCertificates(folder, ['auth', 'logging']), ['logging']);
  t.deepEqual(await ensureCertificates(folder, ['auth'], new Date(Date.now() + 334 * DAY_MS)), []);
  t.deepEqual(await ensureCertificates(folder, ['auth'], new Date(Date.now() + 336 * DAY_MS)), ['auth']);
});

test('a new authority renews every certificate', async (t) => {
  const folder = await temporaryFolder(t);
  await ensureCertificates(folder, ['auth', 'nats']);
  await rm(join(folder, 'ca'), { recursive: true });
  t.deepEqual(await ensureCertificates(folder, ['auth', 'nats']), ['auth', 'nats']);
  t.is(await handshake(await pem(folder, 'auth'), await pem(folder, 'nats')), 'nats');
});
