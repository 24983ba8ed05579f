import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@guichet/testing';
import { type RunningBank, startBank } from '@guichet/tools';
import { Person } from '../person.ts';
import { type AcknowledgedState, emptyState, postUntilAnswered, runCustomer } from './customers.ts';

/** The result of a run. */
export interface CrashReport {
  kills: { accounts: number; database: number };
  seconds: number;
  sent: number;
  retried: number;
  acknowledged: number;
  operations: number;
  posted: number;
  /** Acknowledged changes that are lost, changes that were made twice, and differences in the ledger. */
  faults: string[];
}

const CUSTOMERS_PER_MEMBER = 4;

/**
 * Kills the accounts service and the database at random moments, `kills` times in total, while users deposit, withdraw, transfer and decide.
 * Then checks everything that the bank acknowledged.
 */
export async function runCrashes(options: {
  kills: number;
  say?: (text: string) => void;
}): Promise<CrashReport> {
  const { kills, say = () => undefined } = options;
  // One agent decides everything here, far more than the default limit for one agent in a day.
  const environment = { TOKEN_TTL_SECONDS: '3600', DECISION_SECOND_AGENT_ABOVE: '1000000000000' };
  const bank = await startBank({ environment });
  try {
    const { agent, members } = await openAccounts(bank);
    const state = emptyState(members.flatMap(({ accounts }) => [...accounts]));
    const began = performance.now();
    let isOpen = true;
    const customers = members.flatMap((member) =>
      Array.from({ length: CUSTOMERS_PER_MEMBER }, () => runCustomer(state, member, agent, () => isOpen)),
    );
    const all = Promise.all(customers);
    const done = { accounts: 0, database: 0 };
    const killing = (async () => {
      while (done.accounts + done.database < kills) {
        // Most kills happen during work, some during the start after the previous kill.
        if (Math.random() < 0.8) await waitForReplies(state);
        await sleep(Math.random() * 2_000);
        // Random, but balanced between the two.
        const name = Math.random() < 0.5 + (done.database - done.accounts) / 6 ? 'accounts' : 'database';
        await killAndStart(bank, name);
        done[name] += 1;
        const count = done.accounts + done.database;
        if (count % 5 === 0) say(`${count} of ${kills} killed, ${state.acknowledged.length} replies`);
      }
      await waitForReplies(state);
    })();
    // The first failure ends the run.
    await Promise.race([killing, all.then(() => killing)]);
    isOpen = false;
    await all;
    const faults = await faultsOf(state, agent, members);
    const operations = [...state.operations.values()];
    return {
      kills: done,
      seconds: (performance.now() - began) / 1000,
      sent: state.sent,
      retried: state.retried,
      acknowledged: state.acknowledged.length,
      operations: operations.length,
      posted: operations.filter(({ status }) => status === 'posted').length,
      faults,
    };
  } finally {
    await bank.stop();
  }
}

/** Restarts at once; the supervisor itself would wait longer after each failure. */
async function killAndStart(bank: RunningBank, name: 'accounts' | 'database'): Promise<void> {
  bank.kill(name, 'SIGKILL');
  await bank.halt(name);
  bank.start(name);
}

async function waitForReplies({ acknowledged }: AcknowledgedState): Promise<void> {
  const before = acknowledged.length;
  await eventually(() => acknowledged.length > before + 5, 60_000);
}

interface Member {
  person: Person;
  accounts: readonly [string, string];
}

async function openAccounts(bank: RunningBank): Promise<{ agent: Person; members: Member[] }> {
  const { superuser } = bank.logins;
  const root = new Person(bank.url, superuser.username, superuser.password);
  await root.logIn();
  const agent = new Person(bank.url, 'agent', 'Counter and window 1');
  const { username, password } = agent;
  await root.post('/api/auth/agents', { username, email: 'agent@guichet.example', password });
  await agent.logIn();
  const members: Member[] = [];
  for (const name of ['alice', 'bob']) {
    const person = new Person(bank.url, name, 'Seven green bottles');
    const email = `${name}@example.org`;
    const registered = await person.post('/api/auth/register', {
      username: name,
      email,
      password: person.password,
    });
    await agent.post(`/api/auth/users/${registered.body.id}/activate`);
    await person.logIn();
    const open = async () => {
      const requested = await eventually(async () => {
        const reply = await person.post('/api/accounts', { name: 'Main', type: 'current' });
        return reply.status === 201 ? reply : null;
      });
      await agent.post(`/api/operations/${requested.body.id}/approve`);
      return requested.body.account_id as string;
    };
    members.push({ person, accounts: [await open(), await open()] });
  }
  return { agent, members };
}

async function faultsOf(
  state: AcknowledgedState,
  agent: Person,
  members: readonly Member[],
): Promise<string[]> {
  const faults: string[] = [];
  const expect = (what: string, found: unknown, expected: unknown): void => {
    if (found !== expected) faults.push(`${what}: found ${found}, acknowledged ${expected}`);
  };
  await eventually(async () => (await agent.get('/api/ledger/reconciliation')).status === 200, 60_000);

  const stored = new Map<string, string>();
  for (const { person, accounts } of members) {
    for (const id of accounts) {
      const { body } = await person.get(`/api/accounts/${id}`);
      expect(`balance of ${id}`, body.balance, state.balances.get(id));
      expect(`held of ${id}`, body.held, state.held.get(id));
    }
    for await (const one of pages(person, '/api/operations?limit=200')) {
      if (one.type !== 'open_account') stored.set(one.id, one.status);
    }
  }
  for (const [id, { status }] of state.operations) expect(`operation ${id}`, stored.get(id), status);
  // Each key took effect once, so there is no operation without a reply.
  expect('operations', stored.size, state.operations.size);

  const keys = state.acknowledged.values();
  const replay = async (): Promise<void> => {
    for (const { by, path, body, key, reply } of keys) {
      const again = await postUntilAnswered(emptyState([]), by, path, body, key);
      expect(`${path} under ${key}, replayed`, again.headers['idempotency-replayed'], 'true');
      if (reply.status < 300) expect(`${path} under ${key}`, again.text, reply.text);
      else expect(`${path} under ${key}`, again.body.code, reply.body.code);
    }
  };
  await Promise.all(Array.from({ length: 16 }, replay));

  const reconciliation = await agent.post('/api/ledger/reconciliation?full=true');
  if (reconciliation.body.ok !== true) faults.push(`the ledger does not reconcile: ${reconciliation.text}`);
  await checkLog(agent, state, expect);
  return faults;
}

/** Once the log has caught up, it contains each posting exactly once. */
async function checkLog(
  agent: Person,
  state: AcknowledgedState,
  expect: (what: string, found: unknown, expected: unknown) => void,
): Promise<void> {
  const posted = [...state.operations].flatMap(([id, { status }]) => (status === 'posted' ? id : []));
  const postingsInLog = async (): Promise<Map<string, number>> => {
    const { text } = await agent.get('/api/logs/export?format=ndjson');
    const entries = text.split('\n').flatMap((line) => (line === '' ? [] : JSON.parse(line)));
    const postings = entries.filter(({ action }) => /^(DEPOSIT|WITHDRAWAL|TRANSFER)_POSTED$/.test(action));
    return new Map(
      [...Map.groupBy(postings, ({ data }) => data.operation_id as string)].map(([id, all]) => [
        id,
        all.length,
      ]),
    );
  };
  const caughtUp = async () => (await postingsInLog()).size >= posted.length;
  await eventually(caughtUp, 60_000).catch(() => undefined);
  const entries = await postingsInLog();
  for (const id of posted) expect(`log entries of the posting of ${id}`, entries.get(id), 1);
  expect('postings in the log', entries.size, posted.length);
  const verified = await agent.get('/api/logs/verify');
  expect('the hash chain of the log', verified.body.ok, true);
}

async function* pages(
  person: Person,
  path: string,
): AsyncGenerator<{ id: string; type: string; status: string }> {
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await person.get(`${path}${cursor === '' ? '' : `&cursor=${cursor}`}`);
    yield* body.items;
    cursor = body.next;
  }
}
