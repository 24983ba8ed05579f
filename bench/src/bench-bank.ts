import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '@guichet/contract';
import { openPeer, type Peer } from '@guichet/http';
import { schemaOf } from '@guichet/jobs/servers/schema-statements';
import { Bank, ensureMysql, fileOutput, type Replica } from '@guichet/tools';
import { type Connection, createConnection } from 'mysql2/promise';
import type { DatabaseChoice } from './arguments.ts';
import { BARE_PROCEDURES, BARE_TABLES } from './bare-schema.ts';
import { type DatabaseFacts, databaseFacts } from './database-facts.ts';

export interface BenchPerson {
  id: string;
  username: string;
  password: string;
  token: string;
}

/** A process of the accounts service. */
interface BenchReplica {
  name: string;
  port: number;
}

export interface BenchBankOptions {
  /** A folder for the CPU profiles of accounts; by default none are written. */
  profile?: string | null;
  database?: DatabaseChoice;
}

/** The bank's processes for the benchmark: database and NATS as in production, auth and accounts; `start` starts others. */
export interface BenchBank {
  bank: Bank;
  folder: string;
  agents: BenchPerson[];
  members: BenchPerson[];
  /** A client of accounts, like the frontend's proxy. */
  accounts: Peer;
  /** A root connection to the schema of accounts. */
  database: Connection;
  bare: { port: number; user: string; password: string; database: string };
  /** The running processes of accounts. */
  readonly replicas: readonly BenchReplica[];
  /** How the database server describes itself. */
  server: DatabaseFacts;
  /** Another root connection, which its user ends. */
  connect(): Promise<Connection>;
  start(service: ServiceName, changes?: Record<string, string>): Promise<void>;
  /** Starts or stops processes of accounts until there are `count`. */
  setReplicas(count: number): Promise<void>;
  /** Signs all users in again. */
  renewTokens(): Promise<void>;
  stop(): Promise<void>;
}

const MEMBERS = 8;
const AGENTS = 2;
const PASSWORD = 'Seven green bottles';

const UNREACHABLE_AMOUNT = '1000000000000000';

/** Starts a bank in `folder` and signs its users in. The processes are real and use TLS everywhere, as in production. */
export async function openBenchBank(
  folder: string,
  say: (text: string) => void,
  { profile = null, database: choice = 'default' }: BenchBankOptions = {},
): Promise<BenchBank> {
  const output = fileOutput(join(folder, 'bench.log'));
  const program = choice === 'mysql' ? { database: await ensureMysql(say) } : {};
  const bank = await Bank.open({
    folder,
    output: { ...output, say },
    environment: {
      PORT: '0',
      MAIL_UI_PORT: '0',
      TOKEN_TTL_SECONDS: '3600',
      // A run moves in minutes what its few users would move in months. It measures payments with one approval and without a code.
      DECISION_SECOND_AGENT_ABOVE: UNREACHABLE_AMOUNT,
      STEP_UP_ABOVE: UNREACHABLE_AMOUNT,
      // No mailer takes its stream's messages in most runs: a full one would let a long run wait for ever.
      NATS_STREAMS_MIB: '8192',
    },
    databaseSize: { memory: '4G', redoLog: '1G' },
    ...program,
  });
  try {
    const database = await connectAsRoot(bank, folder);
    const peerOf = (name: 'auth' | 'accounts') =>
      openPeer(name, `https://127.0.0.1:${bank.settings.ports[name]}`, {
        TLS_DIRECTORY: join(folder, 'tls', 'frontend'),
      });
    const [auth, accounts] = [peerOf('auth'), peerOf('accounts')];
    const start = async (service: ServiceName, changes: Record<string, string> = {}) => {
      bank.process(service).configure(changes);
      await bank.process(service).restart();
      await waitUntilReady(service, bank.settings.ports[`${service}_admin`]);
    };
    const profiled = { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profile}` };
    // The benchmark reconciles the ledger itself, after each measurement and never during one.
    const unreconciled = { RECONCILE_EVERY_SECONDS: '86400', ...(profile === null ? {} : profiled) };
    await Promise.all([start('auth'), start('accounts', unreconciled)]);
    const { accounts: port, accounts_admin: adminPort } = bank.settings.ports;
    const replicas: Replica[] = [{ name: 'accounts', port, adminPort }];
    let running = 1;
    const call = async (path: string, body: unknown, token?: string) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const reply = await auth.request({ method: 'POST', path, body, headers, timeoutMs: 20_000 });
      if (reply.status >= 300) throw new Error(`${path} answered ${JSON.stringify(reply.body)}`);
      return reply.body as Record<string, string> & { user: { id: string } };
    };
    const signIn = async (username: string, password: string): Promise<BenchPerson> => {
      const { access_token: token = '', user } = await call('/api/auth/login', { username, password });
      return { id: user.id, username, password, token };
    };
    const { settings } = bank;
    const root = await signIn(settings.superuser.username, settings.secrets.superuser);
    const agents: BenchPerson[] = [];
    for (let index = 0; index < AGENTS; index += 1) {
      const username = `agent${index}`;
      const email = `${username}@guichet.example`;
      await call('/api/auth/agents', { username, email, password: PASSWORD }, root.token);
      agents.push(await signIn(username, PASSWORD));
    }
    const members: BenchPerson[] = [];
    for (let index = 0; index < MEMBERS; index += 1) {
      const username = `member${index}`;
      const email = `${username}@example.org`;
      const { id } = await call('/api/auth/register', {
        username,
        email,
        password: PASSWORD,
        first_name: `Member ${index}`,
      });
      await call(`/api/auth/users/${id}/activate`, {}, agents[0]?.token);
      members.push(await signIn(username, PASSWORD));
    }
    const bare = await makeBareSchema(database, settings.ports.database);
    await waitForUsers(database, AGENTS + MEMBERS);
    return {
      bank,
      folder,
      agents,
      members,
      accounts,
      database,
      bare,
      async connect() {
        const opened = await connectAsRoot(bank, folder);
        await opened.query(`USE ${schemaOf('accounts')}`);
        return opened;
      },
      server: await databaseFacts(database),
      start,
      get replicas() {
        return replicas.slice(0, running);
      },
      async setReplicas(count) {
        while (replicas.length < count) {
          const replica = await bank.addReplica('accounts');
          bank.process(replica.name).configure(unreconciled);
          replicas.push(replica);
        }
        const wanted = replicas.slice(0, count);
        for (const { name } of replicas.slice(count)) await bank.process(name).stop();
        for (const { name } of wanted) bank.process(name).start();
        await Promise.all(wanted.map(({ name, adminPort }) => waitUntilReady(name, adminPort)));
        running = count;
      },
      async renewTokens() {
        for (const person of [...agents, ...members]) {
          Object.assign(person, await signIn(person.username, person.password));
        }
      },
      async stop() {
        await database.end();
        await Promise.all([auth.close(), accounts.close()]);
        await bank.stop();
        await output.close();
      },
    };
  } catch (error) {
    await bank.stop();
    throw error;
  }
}

async function connectAsRoot({ settings }: Bank, folder: string): Promise<Connection> {
  return createConnection({
    host: '127.0.0.1',
    port: settings.ports.database,
    user: 'root',
    password: settings.secrets.databaseRoot,
    ssl: { ca: await readFile(join(folder, 'tls', 'mysql', 'ca.crt')) },
    timezone: 'Z',
    multipleStatements: false,
  });
}

/** The bare client's schema and user. They need no TLS, to give it every advantage. */
async function makeBareSchema(database: Connection, port: number): Promise<BenchBank['bare']> {
  const bare = { port, user: 'bare', password: randomBytes(12).toString('hex'), database: 'bare' };
  await database.query('CREATE DATABASE bare CHARACTER SET utf8mb4');
  await database.query(`CREATE USER 'bare'@'%' IDENTIFIED BY '${bare.password}'`);
  await database.query("GRANT ALL ON bare.* TO 'bare'@'%'");
  await database.query('USE bare');
  for (const statement of [...BARE_TABLES, ...BARE_PROCEDURES]) await database.query(statement);
  await database.query(`USE ${schemaOf('accounts')}`);
  return bare;
}

/** Waits until accounts has received the users from the stream. */
async function waitForUsers(database: Connection, count: number): Promise<void> {
  for (;;) {
    const [rows] = await database.query("SELECT COUNT(*) AS n FROM people WHERE status = 'active'");
    if (Number((rows as { n: number }[])[0]?.n) >= count) return;
    await sleep(100);
  }
}

async function waitUntilReady(name: string, adminPort: number): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const reply = await fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => null);
    if (reply?.ok) return;
    await sleep(100);
  }
  throw new Error(`${name} is not ready`);
}
