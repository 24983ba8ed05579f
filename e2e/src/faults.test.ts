import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DATABASE_SERVICES, SERVICES } from '@guichet/contract';
import { eventually } from '@guichet/testing';
import { NATS_NODES, PROJECT, type RunningBank } from '@guichet/tools';
import test from 'ava';
import type { PlannedFault } from './faults/inject.ts';
import { type FaultBank, runFaults, startFaultBank } from './faults/run-faults.ts';
import { faultTable } from './faults/table.ts';
import { Person } from './person.ts';

const run = promisify(execFile);

let faultBank: FaultBank;
let bank: RunningBank;
let agent: Person;
let member: Person;
let accountId: string;

test.before(async () => {
  faultBank = await startFaultBank();
  ({ bank } = faultBank);
  const { agents, members } = faultBank.load;
  agent = agents[0] as Person;
  member = members[0]?.person as Person;
  accountId = members[0]?.accounts[0]?.id as string;
});
test.after.always(() => faultBank?.stop());

const FAULTS: readonly PlannedFault[] = [
  ...['accounts', 'nats', 'logging', 'database', 'frontend', 'auth', 'mailer', 'nats-2+nats-3'].map(
    (target) => ({ fault: 'kill' as const, target }),
  ),
  { fault: 'freeze', target: 'accounts' },
  { fault: 'freeze', target: 'database' },
  { fault: 'cut', target: 'accounts' },
  { fault: 'cut', target: 'nats-2+nats-3' },
  { fault: 'lose', target: 'frontend' },
];

// The long form: npm run test:faults
test.serial(
  'if processes are killed, frozen and cut off, everything acknowledged is posted once and in the log once',
  async (t) => {
    t.timeout(480_000);
    const report = await runFaults(faultBank, {
      faults: FAULTS,
      operations: 400,
      lastsMs: 1_500,
      rate: 60,
      mailQuietMs: 1_000,
    });
    t.log(`\n${faultTable(report)}`);
    t.deepEqual(report.findings, []);
    t.is(report.phases.length, FAULTS.length + 1);
    t.true(report.operations >= 400, `${report.operations} operations`);
    t.true(report.mails > 0);
  },
);

test.serial(
  'while the database is down, the API replies 503 with Retry-After, no process restarts, and the bank recovers',
  async (t) => {
    const pids = DATABASE_SERVICES.map((name) => bank.pid(name));
    await bank.halt('database');
    const reply = await member.get('/api/accounts');
    t.like(reply, { status: 503, body: { code: 'unavailable' } }, reply.text);
    t.truthy(reply.headers['retry-after']);
    const admin = new Person(bank.adminUrl('accounts'), '', '');
    await eventually(async () => (await admin.get('/readyz')).status === 503, 5_000);
    t.is((await admin.get('/livez')).status, 200);
    t.is((await admin.get('/startupz')).status, 200);
    bank.start('database');
    await eventually(async () => (await admin.get('/readyz')).status === 200, 20_000);
    await eventually(async () => (await member.get('/api/accounts')).status === 200, 20_000);
    t.deepEqual(
      DATABASE_SERVICES.map((name) => bank.pid(name)),
      pids,
    );
  },
);

test.serial(
  'while NATS is down, the bank keeps working, no process restarts, and the log catches up',
  async (t) => {
    const pids = SERVICES.map((service) => bank.pid(service));
    await Promise.all(NATS_NODES.map((node) => bank.halt(node)));
    const requested = await member.post('/api/operations', {
      type: 'deposit',
      account_id: accountId,
      amount: 7,
    });
    t.is(requested.status, 201, requested.text);
    t.is((await agent.post(`/api/operations/${requested.body.id}/approve`)).body.status, 'posted');
    t.is(
      (await agent.get(`/api/logs?operation=${requested.body.id}&type_action=DEPOT`)).body.items.length,
      0,
    );
    for (const node of NATS_NODES) bank.start(node);
    const entries = await eventually(async () => {
      const { body } = await agent.get(`/api/logs?operation=${requested.body.id}&type_action=DEPOT`);
      return body.items.length === 2 ? body.items : null;
    }, 30_000);
    t.deepEqual(
      entries.map((one: { action: string }) => one.action),
      ['DEPOSIT_POSTED', 'DEPOSIT_REQUESTED'],
    );
    t.deepEqual(
      SERVICES.map((service) => bank.pid(service)),
      pids,
    );
  },
);

test.serial(
  'an operator revokes the key that signs: every service refuses its tokens within two seconds, also while auth is down',
  async (t) => {
    const keys = async (...args: string[]) =>
      (
        await run('npm', ['run', '--silent', 'keys', '--', ...args], {
          cwd: PROJECT,
          env: { ...process.env, GUICHET_DATA: bank.folder },
        })
      ).stdout;
    const kid = /^ {2}(\S+) {2}signing/m.exec(await keys('list'))?.[1] ?? '';
    const replaced = /^ {2}(\S+) {2}published/m.exec(await keys('list'))?.[1] ?? '';
    const thief = new Person(bank.url, member.username, member.password);
    await thief.logIn();
    const paths = ['/api/accounts', '/api/logs', '/api/auth/profile'];
    const statuses = async (who: Person) =>
      Promise.all(paths.map(async (path) => (await who.get(path)).status));
    t.deepEqual(await statuses(thief), [200, 200, 200]);

    t.regex(await keys('revoke', kid), /Keys revoked: 1\./);
    const revokedAt = performance.now();
    await eventually(async () => (await statuses(thief)).every((status) => status === 401), 2_000);
    t.true(performance.now() - revokedAt < 2_000);
    const listed = await keys('list');
    t.regex(listed, new RegExp(`${kid}  revoked`));
    t.regex(listed, new RegExp(`${replaced}  signing`));
    await member.logIn();
    await agent.logIn();
    t.deepEqual(await statuses(member), [200, 200, 200]);
    await bank.halt('auth');
    t.is((await thief.get('/api/accounts')).status, 401);
    t.is((await member.get('/api/accounts')).status, 200);
    bank.start('auth');
    await eventually(async () => (await member.get('/api/auth/profile')).status === 200, 20_000);
  },
);

test.serial('while auth is down, tokens that it issued are still valid', async (t) => {
  await bank.halt('auth');
  t.is((await member.get('/api/accounts')).status, 200);
  t.is((await member.get('/api/auth/profile')).status, 503);
  bank.start('auth');
  await eventually(async () => (await member.get('/api/auth/profile')).status === 200, 20_000);
});
