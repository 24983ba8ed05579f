import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { uuidHex } from '@guichet/database';
import { eventually } from '@guichet/testing';
import test from 'ava';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';
import { expireOperations, keepExpiring } from './expire-operations.ts';

/** Creates withdrawals that hold 10 each. */
async function askFor(bank: TestBank, alice: TestPerson, accountId: string, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, () =>
      bank.queue.request({
        input: { kind: 'withdrawal', accountId, amountMinor: 10n, reference: null },
        requester: { id: alice.id, username: alice.username, role: 'member' },
        correlationId: 'asked',
        idempotency: null,
        secondFactor: 'unchecked' as const,
      }),
    ),
  );
}

/** The operations with an expiry event in the outbox, once for each event. */
async function loggedExpiries({ deps }: TestBank): Promise<string[]> {
  const rows: { payload: string }[] = await deps.db('outbox').select('payload');
  const expired = /"action":"WITHDRAWAL_EXPIRED".*?"operation_id":"([^"]+)"/g;
  return rows.flatMap(({ payload }) => [...payload.matchAll(expired)].map(([, id]) => id ?? ''));
}

test('a worker killed at any moment leaves nothing half done: another takes over, and each operation expires once', async (t) => {
  const bank = await openTestBank();
  const [agent, alice] = [await bank.person('agent'), await bank.person('member')];
  const account = await bank.account(alice, agent, 20_000);
  await askFor(bank, alice, account, 2_000);
  const asked = bank.time.now;
  bank.time.now = new Date(asked.getTime() + 721 * 3_600_000);
  const { db } = bank.deps;
  const count = async (status: string) => {
    const [row] = await db('operations').where({ type: 'withdrawal', status }).count({ n: '*' });
    return Number(row?.n);
  };
  const leftAtDeath: number[] = [];
  for (let kills = 0; kills < 5 && leftAtDeath.at(-1) !== 0; kills += 1) {
    const worker = spawn(
      process.execPath,
      [
        fileURLToPath(new URL('expire.fixture.ts', import.meta.url)),
        JSON.stringify(bank.settings),
        bank.time.now.toISOString(),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(worker.stdout, 'data');
    const before = await count('pending');
    // It has the lease or gets it when the previous one expires, and is then killed between two statements.
    await eventually(async () => (await count('pending')) < before);
    await sleep(Math.random() * 30);
    const ended = once(worker, 'exit');
    worker.kill('SIGKILL');
    await ended;
    leftAtDeath.push(await count('pending'));
  }
  t.log(`operations left at each kill: ${leftAtDeath.join(', ')}`);
  t.true((leftAtDeath[0] ?? 0) > 0, 'the first one finished before it was killed');
  const worker = keepExpiring(bank.deps, (ruling) => bank.queue.decide(ruling), {
    everySeconds: 0.05,
    leaseSeconds: 1,
  });
  await eventually(async () => (await count('pending')) === 0);
  await worker.stop();

  t.is(await count('expired'), 2_000);
  t.like((await bank.client.get(`/api/accounts/${account}`, { token: alice.token })).body, {
    balance: 20_000,
    held: 0,
  });
  const logged = await loggedExpiries(bank);
  t.is(new Set(logged).size, 2_000);
  t.is(logged.length, 2_000);
  const books = await bank.client.post('/api/ledger/reconciliation', undefined, { token: agent.token });
  t.true(books.body.ok, books.text);
  await bank.close();
});

test('two replicas that run at the same time expire each operation once, and one that cannot expire does not block the others', async (t) => {
  const bank = await openTestBank();
  const other = await bank.replica();
  const [agent, alice] = [await bank.person('agent'), await bank.person('member')];
  const account = await bank.account(alice, agent, 1_000);
  await askFor(bank, alice, account, 50);
  bank.time.now = new Date(bank.time.now.getTime() + 721 * 3_600_000);
  const db = bank.owner;
  const [stuck] = await db('operations').where('status', 'pending').limit(1);
  await db.raw(
    `CREATE TRIGGER poison BEFORE UPDATE ON operations FOR EACH ROW
     IF NEW.id = x'${uuidHex(stuck.id)}' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'poison'; END IF`,
  );
  const look = () =>
    Promise.all([bank, other].map((one) => expireOperations(one.deps, (ruling) => one.queue.decide(ruling))));
  await look();
  const waits = async () =>
    (await bank.client.get(`/api/accounts/${account}`, { token: alice.token })).body.held;
  t.is(await waits(), 10);
  await db.raw('DROP TRIGGER poison');
  await look();
  t.is(await waits(), 0);
  t.is((await loggedExpiries(bank)).length, 50);
  await other.close();
  await bank.close();
});

test('operations that cannot expire, even more than a page of them, do not block later ones', async (t) => {
  const bank = await openTestBank();
  const [agent, alice] = [await bank.person('agent'), await bank.person('member')];
  const account = await bank.account(alice, agent, 10_000);
  await askFor(bank, alice, account, 130);
  bank.time.now = new Date(bank.time.now.getTime() + 721 * 3_600_000);
  const db = bank.owner;
  const [last] = await db('operations').where('status', 'pending').orderBy('id', 'desc').limit(1);
  await db.raw(
    `CREATE TRIGGER poison BEFORE UPDATE ON operations FOR EACH ROW
     IF NEW.id <> x'${uuidHex(last.id)}' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'poison'; END IF`,
  );
  t.is(await expireOperations(bank.deps, (ruling) => bank.queue.decide(ruling)), 1);
  const reply = await bank.client.get(`/api/operations/${last.id}`, { token: alice.token });
  t.is(reply.body.status, 'expired');
  await bank.close();
});
