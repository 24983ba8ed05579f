import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DATABASE_SERVICES } from '@guichet/contract';
import { eventually } from '@guichet/testing';
import { PROJECT, type RunningBank, startBank } from '@guichet/tools';
import test from 'ava';
import { openFirstAccount } from './first-account.ts';
import { Person, type Reply } from './person.ts';

const run = promisify(execFile);

let bank: RunningBank;
let agent: Person;
let member: Person;
let accountId: string;

test.before(async () => {
  bank = await startBank();
  ({ agent, member, accountId } = await openFirstAccount(bank));
});
test.after.always(() => bank?.stop());

/** Retries with the same idempotency key until there is a reply, as a careful client does. */
async function postUntilAnswered(who: Person, path: string, body: unknown, key: string): Promise<Reply> {
  return eventually(async () => {
    const reply = await who.post(path, body, { 'idempotency-key': key }).catch(() => null);
    return reply !== null && reply.status < 500 && reply.body?.code !== 'request_in_progress' ? reply : null;
  }, 60_000);
}

async function balance(): Promise<number> {
  return (
    await eventually(async () => {
      const reply = await member.get(`/api/accounts/${accountId}`).catch(() => null);
      return reply?.status === 200 ? reply : null;
    }, 30_000)
  ).body.balance;
}

test.serial(
  'if any process is killed during deposits, each acknowledged deposit is posted once and in the log once',
  async (t) => {
    t.timeout(240_000);
    const before = await balance();
    const posted: string[] = [];
    let working = true;
    const customer = async (name: number) => {
      for (let i = 0; working; i += 1) {
        const requested = await postUntilAnswered(
          member,
          '/api/operations',
          { type: 'deposit', account_id: accountId, amount: 100 },
          `d-${name}-${i}`,
        );
        t.is(requested.status, 201, requested.text);
        const decided = await postUntilAnswered(
          agent,
          `/api/operations/${requested.body.id}/approve`,
          undefined,
          `a-${name}-${i}`,
        );
        t.is(decided.body.status, 'posted', decided.text);
        posted.push(requested.body.id);
      }
    };
    const customers = [1, 2, 3, 4].map(customer);
    for (const name of [
      'accounts',
      'nats',
      'logging',
      'database',
      'frontend',
      'auth',
      'mailer',
      'accounts',
    ]) {
      await sleep(1_000);
      bank.kill(name, 'SIGKILL');
    }
    await sleep(3_000);
    working = false;
    await Promise.all(customers);

    t.true(posted.length > 10, `${posted.length} operations were posted`);
    t.is((await balance()) - before, posted.length * 100);
    const books = await agent.post('/api/ledger/reconciliation');
    t.true(books.body.ok, books.text);
    const stats = await eventually(async () => {
      const { body } = await agent.get('/api/logs/stats?type_action=DEPOSIT_POSTED');
      return body?.total >= posted.length ? body : null;
    }, 60_000);
    t.is(stats.total, posted.length);
    const verified = await agent.get('/api/logs/verify');
    t.true(verified.body.ok, verified.text);
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

test.serial('while NATS is down, the bank keeps working, and the log catches up', async (t) => {
  await bank.halt('nats');
  const requested = await member.post('/api/operations', {
    type: 'deposit',
    account_id: accountId,
    amount: 7,
  });
  t.is(requested.status, 201, requested.text);
  t.is((await agent.post(`/api/operations/${requested.body.id}/approve`)).body.status, 'posted');
  t.is((await agent.get(`/api/logs?operation=${requested.body.id}`)).body.items.length, 0);
  bank.start('nats');
  const entries = await eventually(async () => {
    const { body } = await agent.get(`/api/logs?operation=${requested.body.id}`);
    return body.items.length === 2 ? body.items : null;
  }, 30_000);
  t.deepEqual(
    entries.map((one: { action: string }) => one.action),
    ['DEPOSIT_POSTED', 'DEPOSIT_REQUESTED'],
  );
});

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
