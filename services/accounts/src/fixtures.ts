import { randomBytes } from 'node:crypto';
import { createCalendar } from '@guichet/calendar';
import type { Role } from '@guichet/contract';
import { newId, openDatabase, queryOnce } from '@guichet/database';
import { problems } from '@guichet/errors';
import { silentLog } from '@guichet/log';
import {
  buildServiceState,
  buildUserEvent,
  type ContractClient,
  contractClient,
  type KnexDatabase,
  layWire,
  type TestDatabase,
  type TestTokens,
  testDatabase,
  testTokens,
  withKnex,
} from '@guichet/testing';
import { createVault } from '@guichet/vault';
import { createAccountsApp } from './app.ts';
import { type CommandQueue, openCommandQueue } from './command-queue.ts';
import type { BankRules, Deps, Proof, SecondFactor } from './deps.ts';
import { GRANTS } from './grants.ts';
import { comparisonCounter } from './payees/count-comparisons.ts';
import { saveUsers } from './people/store.ts';
import { bankIban, drawNumber } from './ribs/make-rib.ts';
import { resolveInDns } from './webhooks/destination.ts';

export const TEST_RULES: BankRules = {
  name: 'Guichet',
  bankCode: '30099',
  branchCode: '00001',
  bic: 'GUICFRPPXXX',
  settlementIban: bankIban({ bankCode: '30099', branchCode: '00001' }),
  secondAgentAboveMinor: 1_000_000n,
  stepUpAboveMinor: 100_000n,
  limitOperationMinor: null,
  limitDayMinor: null,
  operationTtlHours: 720,
  ordersAt: '06:00',
  batchesAt: null,
  calendar: createCalendar('Europe/Paris'),
  drawNumber,
};

const TEST_VAULT = createVault([randomBytes(32)]);

/** A user with a token, known to the bank. */
export interface TestPerson {
  id: string;
  username: string;
  token: string;
}

/** Simulates one process of the service, with its own pool, batches and in-flight keys. */
export interface TestReplica {
  /** Tests read its tables with knex. */
  deps: Deps & { db: KnexDatabase };
  queue: CommandQueue;
  client: ContractClient;
  close(): Promise<void>;
}

/** A replica that a test can kill. */
export interface MortalReplica extends TestReplica {
  /** Like `kill -9`: every connection breaks at once, and running work stops. */
  crash(): void;
}

export interface TestBank extends TestReplica {
  /** The bank's clock, the same for all replicas; it only moves when a test moves it. */
  time: { now: Date };
  /** Adds a user as if auth had published them. */
  admit(user: { id: string; username: string; role: Role }, name?: string): Promise<void>;
  person(role: Role, name?: string): Promise<TestPerson>;
  /** An open account of `owner` that holds `balance`. */
  account(owner: TestPerson, agent: TestPerson, balance?: number, currency?: string): Promise<string>;
  approve(agent: TestPerson, operationId: string): ReturnType<ContractClient['post']>;
  token(role: Role, person: TestPerson, scopes: string[]): string;
  /** A connection as the owner of the schema, which has more rights than the service. */
  owner: TestDatabase['db'];
  /** Gives a member a second factor. @returns a function that returns a new code at each call; each code is valid once */
  enroll(person: TestPerson): () => string;
  /** Gives a member a passkey. @returns a function that confirms a payment as auth does; each value is valid once */
  enrollPasskey(person: TestPerson): (payment: { amount: number; currency?: string; iban: string }) => string;
  /** The number of questions to auth about second factors; with `down`, auth does not answer. */
  auth: { checks: number; down: boolean };
  /** The settings of its database, for another process. */
  settings: TestDatabase['settings'];
  /** Another process on the same schema; it reaches the database at `hosts`. */
  replica(hosts?: string[]): Promise<MortalReplica>;
}

/** A whole accounts service on its own schema, called over HTTP. */
export async function openTestBank(
  rules: Partial<BankRules> = {},
  tokens: TestTokens = testTokens(),
  secondFactor?: SecondFactor,
): Promise<TestBank> {
  const database = await testDatabase({
    migrations: new URL('../migrations/', import.meta.url),
    grants: GRANTS,
    pipelines: true,
  });
  const time = { now: new Date('2026-10-15T10:00:00.000Z') };
  const secondFactors: SecondFactors = { codes: new Map(), payments: new Map(), checks: 0, down: false };
  const common = { tokens, time, secondFactors, secondFactor, rules: { ...TEST_RULES, ...rules } };
  const { deps, queue, client } = await openReplica(database.runtime, common);

  async function admit(user: { id: string; username: string; role: Role }, name = 'Camille Durand') {
    const [first_name = '', ...rest] = name.split(' ');
    const last_name = rest.join(' ');
    const verified_name = { first_name, last_name };
    await queryOnce(deps.db, saveUsers([buildUserEvent({ ...user, ...verified_name, verified_name })]));
  }

  async function person(role: Role, name?: string): Promise<TestPerson> {
    const id = newId();
    const username = `${role}-${id.slice(-8)}`;
    await admit({ id, username, role }, name);
    return { id, username, token: tokens.issue({ userId: id, username, role }) };
  }

  async function posted(agent: TestPerson, operation: { status: number; body: { id: string } }) {
    if (operation.status !== 201) throw new Error(`refused: ${JSON.stringify(operation.body)}`);
    const decided = await test.approve(agent, operation.body.id);
    if (decided.status !== 200) throw new Error(`not approved: ${decided.text}`);
  }

  const test: TestBank = {
    deps,
    queue,
    client,
    time,
    admit,
    person,
    async account(owner, agent, balance = 0, currency = 'EUR') {
      const opening = await client.post(
        '/api/accounts',
        { name: 'Everyday', type: 'current', currency },
        { token: owner.token },
      );
      await posted(agent, opening);
      const accountId: string = opening.body.account_id;
      if (balance > 0) {
        const deposit = { type: 'deposit', account_id: accountId, amount: balance };
        await posted(agent, await client.post('/api/operations', deposit, { token: owner.token }));
      }
      return accountId;
    },
    approve: (agent, operationId) =>
      client.post(`/api/operations/${operationId}/approve`, undefined, { token: agent.token }),
    token: (role, { id, username }, scopes) =>
      tokens.issue({ userId: id, username, role, scopes: scopes as never, kind: 'api' }),
    settings: database.runtimeSettings,
    owner: database.db,
    replica: (hosts) => openMortalReplica(database.runtimeSettings, common, hosts),
    enroll({ id }) {
      const codes = new Set<string>();
      secondFactors.codes.set(id, codes);
      let issued = 0;
      return () => {
        issued += 1;
        const code = String(issued).padStart(6, '0');
        codes.add(code);
        return code;
      };
    },
    enrollPasskey({ id }) {
      secondFactors.codes.set(id, secondFactors.codes.get(id) ?? new Set());
      return ({ amount, currency = 'EUR', iban }) => {
        const value = randomBytes(32).toString('base64url');
        secondFactors.payments.set(value, `${id} ${amount} ${currency} ${iban}`);
        return value;
      };
    },
    auth: secondFactors,
    async close() {
      await queue.idle();
      await client.close();
      await database.drop();
    },
  };
  return test;
}

/** Simulates auth: the unused codes of each member who has a second factor, and the payments that passkeys confirmed. */
interface SecondFactors {
  codes: Map<string, Set<string>>;
  /** By the value of the confirmation. */
  payments: Map<string, string>;
  checks: number;
  down: boolean;
}

function checkSecondFactor(factors: SecondFactors, userId: string, proof: Proof | null) {
  factors.checks += 1;
  if (factors.down) throw problems.unavailable(undefined, { headers: { 'Retry-After': '1' } });
  const codes = factors.codes.get(userId);
  if (codes === undefined) return 'not_enrolled';
  if (proof === null) return 'missing';
  if ('code' in proof) return codes.delete(proof.code.replace(/\s/g, '')) ? 'right' : 'wrong';
  const { value, amountMinor, currency, iban } = proof.stepUp;
  const confirmed = factors.payments.get(value);
  factors.payments.delete(value);
  return confirmed === `${userId} ${amountMinor} ${currency} ${iban}` ? 'right' : 'wrong';
}

interface Common {
  secondFactors: SecondFactors;
  /** In place of the simulation. */
  secondFactor: SecondFactor | undefined;
  tokens: TestTokens;
  time: { now: Date };
  rules: BankRules;
}

async function openReplica(db: KnexDatabase, { tokens, time, secondFactors, secondFactor, rules }: Common) {
  const deps = {
    db,
    reads: { replicas: null, writer: db },
    clock: () => time.now,
    log: silentLog,
    rules,
    secondFactor: secondFactor ?? (async (userId, proof) => checkSecondFactor(secondFactors, userId, proof)),
    countComparison: comparisonCounter(),
    describeSetup: async () => ({ ...buildServiceState(), outbox: null, dead_letters: null }),
    vault: TEST_VAULT,
    webhooks: {
      allowedHosts: new Set<string>(),
      resolve: resolveInDns,
      timeoutMs: 15_000,
      waitingMax: 1_000,
    },
    committed: () => undefined,
    inFlightKeys: new Set<string>(),
  } satisfies Deps;
  const queue = openCommandQueue(deps);
  const app = createAccountsApp({
    deps,
    queue,
    verify: tokens.verify,
    ready: async () => [],
    peerName: (request) => String(request.headers['x-test-peer'] ?? '') || null,
  });
  return { deps, queue, client: await contractClient(app, '/api/accounts/openapi.json') };
}

async function openMortalReplica(
  settings: TestDatabase['settings'],
  common: Common,
  hosts?: string[],
): Promise<MortalReplica> {
  const wire = await layWire(settings);
  const there = hosts === undefined ? wire.settings : { ...settings, DATABASE_HOSTS: hosts };
  const db = withKnex(openDatabase(there, silentLog, { pipelines: true }));
  const { deps, queue, client } = await openReplica(db, common);
  return {
    deps,
    queue,
    client,
    crash() {
      wire.cut();
      client.hangUp();
      void db.destroy().catch(() => undefined);
    },
    async close() {
      await queue.idle();
      await client.close();
      await db.destroy();
      wire.cut();
    },
  };
}
