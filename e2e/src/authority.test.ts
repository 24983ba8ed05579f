import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { SERVICES, type ServiceName } from '@guichet/contract';
import { PROJECT, type RunningBank, startBank } from '@guichet/tools';
import test from 'ava';
import { connect } from 'nats';
import { openFirstAccount } from './first-account.ts';
import type { Person, Reply } from './person.ts';

// The authority of the certificates is replaced in a bank that goes on working, by the commands of docs/operations/rotate-every-secret.md.
const run = promisify(execFile);
/** Requests per second. */
const RATE = 30;

let folder: string;
let bank: RunningBank;
let agent: Person;
let member: Person;
let accountId: string;

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guichet-authority-'));
  bank = await startBank({ folder, natsNodes: 3 });
  ({ agent, member, accountId } = await openFirstAccount(bank));
});
test.after.always(async () => {
  await bank?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** Sends requests that must succeed without NATS, whose nodes are killed meanwhile, until it is stopped. */
function load() {
  const failed: string[] = [];
  const underWay = new Set<Promise<void>>();
  let sent = 0;
  let deposited = 0;
  let isStopping = false;
  const expect = async (status: number, what: string, asked: Promise<Reply>): Promise<Reply | null> => {
    sent += 1;
    const reply = await asked.catch((error: Error) => error);
    if (!(reply instanceof Error) && reply.status === status) return reply;
    failed.push(`${what}: ${reply instanceof Error ? reply.message : `${reply.status} ${reply.text}`}`);
    return null;
  };
  const deposit = async (): Promise<void> => {
    const body = { type: 'deposit', account_id: accountId, amount: 100 };
    const requested = await expect(201, 'deposit', member.post('/api/operations', body));
    if (requested === null) return;
    const path = `/api/operations/${requested.body.id}/approve`;
    if ((await expect(200, 'approval', agent.post(path))) !== null) deposited += 1;
  };
  const kinds: readonly (() => Promise<unknown>)[] = [
    () => expect(200, 'profile', member.get('/api/auth/profile')),
    () => expect(200, 'account', member.get(`/api/accounts/${accountId}`)),
    () => expect(200, 'log', agent.get('/api/logs')),
    deposit,
  ];
  const sending = (async () => {
    for (let turn = 0; !isStopping; turn += 1) {
      const one = Promise.resolve(kinds[turn % kinds.length]?.()).then(() => undefined);
      underWay.add(one);
      void one.finally(() => underWay.delete(one));
      await sleep(1_000 / RATE);
    }
    await Promise.all(underWay);
  })();
  return {
    async stop() {
      isStopping = true;
      await sending;
      return { failed, sent, deposited };
    },
  };
}

async function authority(step: string): Promise<void> {
  await run('npm', ['run', '--silent', 'secrets', '--', step, 'authority'], {
    cwd: PROJECT,
    env: { ...process.env, GUICHET_DATA: folder },
  });
}

async function filesOf(tls: string) {
  const read = (file: string) => readFile(join(tls, file));
  return { ca: await read('ca.crt'), cert: await read('tls.crt'), key: await read('tls.key') };
}

/** Resolves if a service and a client with the certificate in `tls` accept each other. */
async function askWith(tls: string, service: ServiceName): Promise<void> {
  const { PORT } = bank.environmentOf(service);
  const socket = connectTls({
    ...(await filesOf(tls)),
    host: '127.0.0.1',
    port: Number(PORT),
    servername: service,
    minVersion: 'TLSv1.3',
  });
  try {
    await new Promise<void>((resolve, reject) => {
      // A server of TLS 1.3 refuses a client after the handshake; one that accepts it answers.
      socket.once('data', () => resolve());
      socket.once('close', () => reject(new Error(`${service} closed the connection`)));
      socket.once('error', reject);
      socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    });
  } finally {
    socket.destroy();
  }
}

/** Signs in to a node of NATS as the mailer with the certificate in `tls`. */
async function signInToNats(server: string, tls: string): Promise<void> {
  const { NATS_USER = '', NATS_PASSWORD = '' } = bank.environmentOf('mailer');
  const connection = await connect({
    servers: server.replace('127.0.0.1', 'localhost'),
    user: NATS_USER,
    pass: NATS_PASSWORD,
    tls: { caFile: join(tls, 'ca.crt'), certFile: join(tls, 'tls.crt'), keyFile: join(tls, 'tls.key') },
    reconnect: false,
    noRandomize: true,
  });
  await connection.close();
}

/** Reconciles the ledger over new connections to the database, which must trust its certificate. */
async function reconcile(tls: string): Promise<void> {
  const command = join(PROJECT, 'services', 'accounts', 'src', 'reconciliation', 'reconcile-command.ts');
  await run(process.execPath, [command], {
    env: { ...process.env, ...bank.environmentOf('accounts'), TLS_DIRECTORY: tls },
  });
}

test.serial('the authority is replaced under load, and no request fails', async (t) => {
  t.timeout(600_000);
  const tlsOf = (name: string) => join(folder, 'tls', name);
  const untouched = join(folder, 'untouched-tls');
  await cp(tlsOf('mailer'), untouched, { recursive: true });
  // A certificate of the old authority, whose owner trusts what the others trust.
  const old = join(folder, 'old-tls');
  await cp(tlsOf('mailer'), old, { recursive: true });
  const nodes = (bank.environmentOf('mailer').NATS_SERVERS ?? '').split(',');
  t.is(nodes.length, 3);
  const before = (await member.get(`/api/accounts/${accountId}`)).body.balance as number;
  const pids = SERVICES.map((service) => bank.pid(service));
  const running = load();
  t.teardown(() => running.stop());
  const countOf = async (name: string) =>
    String(await readFile(join(tlsOf(name), 'ca.crt'))).match(/BEGIN/g)?.length;
  const servers = SERVICES.filter((service) => service !== 'frontend');
  const steps = [
    { step: 'add', trusted: 2, node: 'nats' },
    { step: 'promote', trusted: 2, node: 'nats-2' },
    { step: 'retire', trusted: 1, node: 'nats-3' },
  ];
  for (const { step, trusted, node } of steps) {
    await authority(step);
    t.is(await countOf('mysql'), trusted, step);
    // New connections of everything to everything, also between the nodes of NATS.
    for (const service of servers)
      await t.notThrowsAsync(askWith(tlsOf('frontend'), service), `${step} ${service}`);
    for (const server of nodes)
      await t.notThrowsAsync(signInToNats(server, tlsOf('mailer')), `${step} ${server}`);
    await t.notThrowsAsync(reconcile(tlsOf('accounts')), step);
    bank.kill(node);
    await cp(join(tlsOf('mailer'), 'ca.crt'), join(old, 'ca.crt'));
    for (const service of servers) {
      if (step === 'retire') await t.throwsAsync(askWith(old, service), undefined, service);
      else await t.notThrowsAsync(askWith(old, service), `${step} ${service}`);
    }
  }
  const { failed, sent, deposited } = await running.stop();
  t.log(`${sent} requests, ${failed.length} failed; ${deposited} deposits`);
  t.deepEqual(failed, []);
  t.deepEqual(
    SERVICES.map((service) => bank.pid(service)),
    pids,
    'no service ends because a node of NATS does',
  );
  t.true(sent > 300, String(sent));
  t.is((await member.get(`/api/accounts/${accountId}`)).body.balance, before + 100 * deposited);
  await t.throwsAsync(signInToNats(nodes[1] ?? '', old));
  await t.throwsAsync(reconcile(untouched), undefined, 'the database has a certificate of the new authority');
});
