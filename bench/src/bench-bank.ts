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

/** The bank's own processes as the bench needs them: database and NATS as in production, auth and accounts, and no pages. */
export interface BenchBank {
  bank: Bank;
  folder: string;
  agents: BenchPerson[];
  members: BenchPerson[];
  /** A client of accounts, as the edge is one. */
  accounts: Peer;
  /** As the database's root, on accounts' schema. */
  database: Connection;
  bare: { port: number; user: string; password: string; database: string };
  start(service: ServiceName, changes?: Record<string, string>): Promise<void>;
  /** Signs everybody in anew. */
  renewTokens(): Promise<void>;
  stop(): Promise<void>;
}

const MEMBERS = 8;
const AGENTS = 2;
const PASSWORD = 'Seven green bottles';

const BEYOND_EVERY_SUM = '1000000000000000';

/** Opens a bank in `folder` with its people signed in; every process is a real one, with TLS everywhere, as in production. */
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
      // In minutes a run moves as much as these few users move in months; it measures payments with one approval and no code.
      DECISION_SECOND_AGENT_ABOVE: BEYOND_EVERY_SUM,
      STEP_UP_ABOVE: BEYOND_EVERY_SUM,
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
      await answers(bank, service);
    };
    const profiled = { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileFolder}` };
    // The bench adds the books up itself, after each measurement and never in one.
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
    await knowsPeople(database, AGENTS + MEMBERS);
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

/** The bare client's schema and user, which need no TLS: it shall have every advantage. */
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

/** The service's projection of people is filled from the stream, a moment after auth told of them. */
async function knowsPeople(database: Connection, count: number): Promise<void> {
  for (;;) {
    const [rows] = await database.query("SELECT COUNT(*) AS n FROM people WHERE status = 'active'");
    if (Number((rows as { n: number }[])[0]?.n) >= count) return;
    await sleep(100);
  }
}

async function answers({ settings }: Bank, service: ServiceName): Promise<void> {
  const url = `http://127.0.0.1:${settings.ports[`${service}_admin`]}/readyz`;
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const reply = await fetch(url).catch(() => null);
    if (reply?.ok) return;
    await sleep(100);
  }
  throw new Error(`${service} is not ready (${publicUrl(settings.ports)})`);
}
