import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@guichet/testing';
import { type RunningBank, startBank } from '@guichet/tools';
import { Person } from '../person.ts';
import { insist, livesOn, type Notebook, openNotebook } from './customers.ts';

/** What a run came to. */
export interface CrashReport {
  kills: { accounts: number; database: number };
  seconds: number;
  sent: number;
  sentAgain: number;
  acknowledged: number;
  operations: number;
  posted: number;
  /** Everything that was acknowledged and is not so, was done twice, or does not add up; empty where all is well. */
  faults: string[];
}

const CUSTOMERS_PER_MEMBER = 4;

/**
 * Kills the accounts service and the database, `kills` times in all and at random moments, while people deposit, withdraw, transfer and
 * decide; then holds the bank to everything that it acknowledged.
 */
export async function runCrashes(options: {
  kills: number;
  tell?: (text: string) => void;
}): Promise<CrashReport> {
  const { kills, tell = () => undefined } = options;
  // One agent decides everything here, far more than one alone may in a day.
  const environment = { TOKEN_TTL_SECONDS: '3600', DECISION_SECOND_AGENT_ABOVE: '1000000000000' };
  const bank = await startBank({ environment });
  try {
    const { agent, members } = await openAccounts(bank);
    const notebook = openNotebook(members.flatMap(({ accounts }) => [...accounts]));
    const began = performance.now();
    let isOpen = true;
    const customers = members.flatMap((member) =>
      Array.from({ length: CUSTOMERS_PER_MEMBER }, () => livesOn(notebook, member, agent, () => isOpen)),
    );
    const all = Promise.all(customers);
    const done = { accounts: 0, database: 0 };
    const killing = (async () => {
      while (done.accounts + done.database < kills) {
        // Most moments fall into the work, some into the start after the last fall.
        if (Math.random() < 0.8) await workGoesOn(notebook);
        await sleep(Math.random() * 2_000);
        // By chance, but neither of the two much more often than the other.
        const name = Math.random() < 0.5 + (done.database - done.accounts) / 6 ? 'accounts' : 'database';
        await killAndStart(bank, name);
        done[name] += 1;
        const count = done.accounts + done.database;
        if (count % 5 === 0) tell(`${count} of ${kills} killed, ${notebook.acknowledged.length} answers`);
      }
      await workGoesOn(notebook);
    })();
    // Whichever fails first ends the run.
    await Promise.race([killing, all.then(() => killing)]);
    isOpen = false;
    await all;
    const faults = await faultsOf(notebook, agent, members);
    const operations = [...notebook.operations.values()];
    return {
      kills: done,
      seconds: (performance.now() - began) / 1000,
      sent: notebook.sent,
      sentAgain: notebook.sentAgain,
      acknowledged: notebook.acknowledged.length,
      operations: operations.length,
      posted: operations.filter(({ status }) => status === 'posted').length,
      faults,
    };
  } finally {
    await bank.stop();
  }
}

/** As a machine that fails and comes back at once would have it; the supervisor's own patience grows with each fall. */
async function killAndStart(bank: RunningBank, name: 'accounts' | 'database'): Promise<void> {
  bank.kill(name, 'SIGKILL');
  await bank.halt(name);
  bank.start(name);
}

async function workGoesOn({ acknowledged }: Notebook): Promise<void> {
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
      const asked = await eventually(async () => {
        const reply = await person.post('/api/accounts', { name: 'Main', type: 'current' });
        return reply.status === 201 ? reply : null;
      });
      await agent.post(`/api/operations/${asked.body.id}/approve`);
      return asked.body.account_id as string;
    };
    members.push({ person, accounts: [await open(), await open()] });
  }
  return { agent, members };
}

async function faultsOf(notebook: Notebook, agent: Person, members: readonly Member[]): Promise<string[]> {
  const faults: string[] = [];
  const expect = (what: string, found: unknown, expected: unknown): void => {
    if (found !== expected) faults.push(`${what}: found ${found}, acknowledged ${expected}`);
  };
  await eventually(async () => (await agent.get('/api/ledger/reconciliation')).status === 200, 60_000);

  const stored = new Map<string, string>();
  for (const { person, accounts } of members) {
    for (const id of accounts) {
      const { body } = await person.get(`/api/accounts/${id}`);
      expect(`balance of ${id}`, body.balance, notebook.balances.get(id));
      expect(`held of ${id}`, body.held, notebook.held.get(id));
    }
    for await (const one of pages(person, '/api/operations?limit=200')) {
      if (one.type !== 'open_account') stored.set(one.id, one.status);
    }
  }
  for (const [id, { status }] of notebook.operations) expect(`operation ${id}`, stored.get(id), status);
  // Each key that asked did so once: nothing is there that nobody was told of.
  expect('operations', stored.size, notebook.operations.size);

  const keys = notebook.acknowledged.values();
  const replay = async (): Promise<void> => {
    for (const { by, path, body, key, reply } of keys) {
      const again = await insist(openNotebook([]), by, path, body, key);
      expect(`${path} under ${key}, replayed`, again.headers['idempotency-replayed'], 'true');
      if (reply.status < 300) expect(`${path} under ${key}`, again.text, reply.text);
      else expect(`${path} under ${key}`, again.body.code, reply.body.code);
    }
  };
  await Promise.all(Array.from({ length: 16 }, replay));

  const books = await agent.post('/api/ledger/reconciliation');
  if (books.body.ok !== true) faults.push(`the ledger does not reconcile: ${books.text}`);
  await logged(agent, notebook, expect);
  return faults;
}

/** The log tells once of each posting, and of none that there was not, when it has caught up. */
async function logged(
  agent: Person,
  notebook: Notebook,
  expect: (what: string, found: unknown, expected: unknown) => void,
): Promise<void> {
  const posted = [...notebook.operations].flatMap(([id, { status }]) => (status === 'posted' ? id : []));
  const told = async (): Promise<Map<string, number>> => {
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
  const caughtUp = async () => (await told()).size >= posted.length;
  await eventually(caughtUp, 60_000).catch(() => undefined);
  const entries = await told();
  for (const id of posted) expect(`log entries of the posting of ${id}`, entries.get(id), 1);
  expect('postings that the log tells of', entries.size, posted.length);
  const verified = await agent.get('/api/logs/verify');
  expect('the chain of the log', verified.body.ok, true);
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
