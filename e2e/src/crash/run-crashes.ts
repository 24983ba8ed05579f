import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@guichet/testing';
import { type RunningBank, startBank } from '@guichet/tools';
import { newAgent, newMember, openAccount, superuserOf } from '../people.ts';
import type { Person } from '../person.ts';
import { type AcknowledgedState, emptyState, postUntilAnswered, runCustomer } from './customers.ts';
import { killAndStart } from './kill-and-start.ts';
import { faultsInLog } from './log-faults.ts';
import { type PostingReport, postUnderKills } from './post-under-kills.ts';
import { openSavings, SAVINGS_SINCE_S } from './savings.ts';

/** The result of a run. */
export interface CrashReport {
  kills: { accounts: number; database: number };
  seconds: number;
  sent: number;
  retried: number;
  acknowledged: number;
  operations: number;
  posted: number;
  posting: PostingReport;
  /** Acknowledged changes that are lost, changes that were made twice, and differences in the ledger. */
  faults: string[];
}

const CUSTOMERS_PER_MEMBER = 4;

/**
 * Kills the accounts service and the database at random moments, `kills` times in total, while users deposit, withdraw, transfer and decide.
 * Then kills them while a payment file and an interest run are posted. Checks everything that the bank acknowledged.
 */
export async function runCrashes(options: {
  kills: number;
  /** The file has so many payments. */
  payments: number;
  /** The interest run has two lines for each of these accounts. */
  savings: number;
  /** How often a process is killed while the two are posted. */
  postingKills: number;
  say?: (text: string) => void;
}): Promise<CrashReport> {
  const { kills, payments, savings, postingKills, say = () => undefined } = options;
  // One agent decides everything here, far more than the default limit for one agent in a day.
  const environment = { TOKEN_TTL_SECONDS: '3600', DECISION_SECOND_AGENT_ABOVE: '1000000000000' };
  const bank = await startBank({ environment, clockOffsetSeconds: SAVINGS_SINCE_S });
  try {
    const { root, agent, second, saver, members } = await openAccounts(bank);
    const accounts = await openSavings({ root, agent, second, saver, count: savings });
    await bank.moveClock(0);
    await Promise.all(
      [agent, second, saver, ...members.map(({ person }) => person)].map((one) => one.logIn()),
    );
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
    const posting = await postUnderKills(bank, {
      agent,
      second,
      saver,
      accounts,
      payments,
      kills: postingKills,
      say,
    });
    const operations = [...state.operations.values()];
    return {
      kills: done,
      seconds: (performance.now() - began) / 1000,
      sent: state.sent,
      retried: state.retried,
      acknowledged: state.acknowledged.length,
      operations: operations.length,
      posted: operations.filter(({ status }) => status === 'posted').length,
      posting,
      faults: [...faults, ...posting.faults],
    };
  } finally {
    await bank.stop();
  }
}

async function waitForReplies({ acknowledged }: AcknowledgedState): Promise<void> {
  const before = acknowledged.length;
  await eventually(() => acknowledged.length > before + 5, 60_000);
}

interface Member {
  person: Person;
  accounts: readonly [string, string];
}

interface People {
  root: Person;
  /** One agent requests what the other one approves. */
  agent: Person;
  second: Person;
  /** Has the savings. */
  saver: Person;
  members: Member[];
}

async function openAccounts(bank: RunningBank): Promise<People> {
  const root = await superuserOf(bank);
  const agent = await newAgent(root, 'agent');
  const second = await newAgent(root, 'agathe');
  const members: Member[] = [];
  for (const name of ['alice', 'bob']) {
    const person = await newMember(agent, name);
    const open = async () => (await openAccount(person, agent)).id;
    members.push({ person, accounts: [await open(), await open()] });
  }
  return { root, agent, second, saver: await newMember(agent, 'chloe'), members };
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
  const posted = [...state.operations].flatMap(([id, { status }]) => (status === 'posted' ? id : []));
  faults.push(
    ...(await faultsInLog(agent, ['DEPOSIT_POSTED', 'WITHDRAWAL_POSTED', 'TRANSFER_POSTED'], posted)),
  );
  return faults;
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
