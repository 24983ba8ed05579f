import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '@guichet/contract';
import { openPeer, type Peer } from '@guichet/http';
import { schemaOf } from '@guichet/jobs/servers/schema-statements';
import { Bank, fileOutput, publicUrl } from '@guichet/tools';
import { type Connection, createConnection } from 'mysql2/promise';
import { BARE_PROCEDURES, BARE_TABLES } from './bare-schema.ts';

interface BenchPerson {
  id: string;
  username: string;
  password: string;
  token: string;
}

/** The bank's processes for the benchmark: database and NATS as in production, auth and accounts, but no frontend. */
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
  start(service: ServiceName, changes?: Record<string, string>): Promise<void>;
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
  profileFolder: string | null,
): Promise<BenchBank> {
  const output = fileOutput(join(folder, 'bench.log'));
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
    },
    databaseSize: { memory: '4G', redoLog: '1G' },
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
      await waitUntilReady(bank, service);
    };
    const profiled = { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileFolder}` };
    // The benchmark reconciles the ledger itself, after each measurement and never during one.
    const unreconciled = { RECONCILE_EVERY_SECONDS: '86400', ...(profileFolder === null ? {} : profiled) };
    await Promise.all([start('auth'), start('accounts', unreconciled)]);
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
      start,
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

async function waitUntilReady({ settings }: Bank, service: ServiceName): Promise<void> {
  const url = `http://127.0.0.1:${settings.ports[`${service}_admin`]}/readyz`;
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const reply = await fetch(url).catch(() => null);
    if (reply?.ok) return;
    await sleep(100);
  }
  throw new Error(`${service} is not ready (${publicUrl(settings.ports)})`);
}
