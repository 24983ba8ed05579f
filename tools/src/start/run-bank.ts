import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bankTimeZone } from '@guichet/calendar';
import { readSettings } from '@guichet/config';
import type { DatabaseService, ServiceName } from '@guichet/contract';
import { fillDemo } from '@guichet/jobs/demo/fill';
import type { Logins } from '@guichet/jobs/demo/logins';
import { Bank, type BankOptions, type Replica } from './bank.ts';
import { markFinished, markUnfinished } from './first-start.ts';
import { readLogins, writeLogins } from './logins.ts';
import type { NodeStatus } from './node-states.ts';
import { fileOutput } from './output.ts';
import { waitUntilReady } from './readiness.ts';
import { environmentOf, migrationEnvironmentOf } from './settings.ts';

export interface BankRunOptions
  extends Pick<
    BankOptions,
    'natsNodes' | 'databaseNodes' | 'database' | 'processes' | 'proxied' | 'smtpPort'
  > {
  /** A data folder to use and keep; by default a temporary folder that is deleted at the end. */
  folder?: string;
  /** The user's settings; PORT and MAIL_UI_PORT default to free ports. */
  environment?: Record<string, string>;
  /** Adds the demo users and their operations; otherwise there is only the superuser. */
  demo?: boolean;
  /** How far from the present the clock of the services is at first, in seconds; see `moveClock`. */
  clockOffsetSeconds?: number;
}

/** A whole bank for a test: real processes with their own ports and folder. */
export interface RunningBank {
  /** The public origin, without a trailing slash. */
  readonly url: string;
  /** The mail catcher: `GET <mailUrl>/email` lists the caught mail. */
  readonly mailUrl: string;
  readonly folder: string;
  /** Contains the output of all processes. */
  readonly logFile: string;
  readonly logins: Logins;
  /** The names of the processes: database, nats, mail and the services. */
  readonly names: readonly string[];
  /** The URL of a service's admin port, for metrics and probes. */
  adminUrl(service: ServiceName): string;
  /** The settings of a service, including secrets. */
  environmentOf(service: ServiceName): Record<string, string>;
  /** The settings of the step that migrates a service's schema, including secrets. */
  migrationEnvironmentOf(service: DatabaseService): Record<string, string>;
  /** Undefined while the process is down. */
  pid(name: string): number | undefined;
  /** Sends a signal; a process that dies is restarted. */
  kill(name: string, signal?: NodeJS.Signals): void;
  /** Stops a process without its notice (SIGSTOP) until `thaw` is called: its connections stay open. */
  freeze(name: string): void;
  thaw(name: string): void;
  /** Lets nothing through to and from a process, until `heal` is called. Only with `proxied`. */
  cutOff(name: string): Promise<void>;
  /** With `forget`, connections of before the cut stay silent, and only new ones get through. */
  heal(name: string, options?: { forget?: boolean }): Promise<void>;
  /** The state of every database node, NATS node and process of a service. */
  nodeStates(): Promise<NodeStatus[]>;
  /** Starts another process of a service, with changed settings, and returns once it is ready. `kill`, `halt` and `start` take its name. */
  addReplica(service: ServiceName, changes?: Record<string, string>): Promise<Replica>;
  /** Stops a process until `start` is called. */
  halt(name: string): Promise<void>;
  start(name: string): void;
  /** Moves the clock of the services that date events, which restarts them; 0 is the present. */
  moveClock(offsetSeconds: number): Promise<void>;
  /** Stops every process and deletes the temporary folder. */
  stop(): Promise<void>;
}

/**
 * Starts a whole bank and returns once it is ready. Call `stop()` at the end; if this process dies, the bank's processes are stopped too.
 */
export async function startBank(options: BankRunOptions = {}): Promise<RunningBank> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'guichet-bank-')));
  const isTemporary = options.folder === undefined;
  const logFile = join(folder, 'bank.log');
  const environment = { PORT: '0', MAIL_UI_PORT: '0', ...options.environment };
  const remove = async (): Promise<void> => {
    if (isTemporary) await rm(folder, { recursive: true, force: true });
  };
  const output = fileOutput(logFile);
  let bank: Bank;
  try {
    bank = await Bank.open({ ...options, folder, environment, output });
  } catch (error) {
    await output.close();
    await remove();
    throw error;
  }
  const stop = async (): Promise<void> => {
    await bank.stop();
    await output.close();
    await remove();
  };
  try {
    await bank.moveClock(options.clockOffsetSeconds ?? 0);
    const logins = await makeReady(bank, { demo: options.demo === true, say: output.say });
    return {
      url: bank.url,
      mailUrl: bank.mailUrl,
      folder,
      logFile,
      logins,
      names: bank.names,
      adminUrl: (service) => `http://127.0.0.1:${bank.settings.ports[`${service}_admin`]}`,
      environmentOf: (service) => environmentOf(service, bank.settings),
      migrationEnvironmentOf: (service) => migrationEnvironmentOf(service, bank.settings),
      pid: (name) => bank.process(name).pid,
      kill: (name, signal = 'SIGKILL') => bank.process(name).kill(signal),
      freeze: (name) => bank.process(name).kill('SIGSTOP'),
      thaw: (name) => bank.process(name).kill('SIGCONT'),
      cutOff: (name) => bank.cutOff(name),
      heal: (name, how) => bank.heal(name, how),
      nodeStates: () => bank.nodeStates(),
      addReplica: (service, changes = {}) => startReplica(bank, service, changes),
      halt: (name) => bank.process(name).stop(),
      start: (name) => bank.process(name).start(),
      moveClock: (offsetSeconds) => bank.moveClock(offsetSeconds),
      stop,
    };
  } catch (error) {
    await bank.stop();
    await output.close();
    const lines = await lastLines(logFile);
    await remove();
    throw new Error(`the bank could not start: ${String(error)}\n${lines}`, { cause: error });
  }
}

async function startReplica(
  bank: Bank,
  service: ServiceName,
  changes: Record<string, string>,
): Promise<Replica> {
  const replica = await bank.addReplica(service);
  const started = bank.process(replica.name);
  started.configure(changes);
  started.start();
  const ports = { ...bank.settings.ports, [`${service}_admin`]: replica.adminPort };
  await waitUntilReady(ports, [service], () => started);
  return replica;
}

/** Read before the folder is deleted, to explain the failure. */
async function lastLines(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).trim().split('\n');
  return lines.slice(-30).join('\n');
}

/** Starts the services; at the first start with `demo` it also adds the demo users. */
export async function makeReady(
  bank: Bank,
  { demo, say }: { demo: boolean; say: (text: string) => void },
): Promise<Logins> {
  const stored = await readLogins(bank.folder);
  if (stored !== null) {
    await bank.startServices();
    return stored;
  }
  const superuser = { username: bank.settings.superuser.username, password: bank.secrets.superuser };
  let logins: Logins = { superuser, agents: [], members: [] };
  await markUnfinished(bank.folder);
  // No client depends on these commits yet, so they need not be flushed to disk one by one.
  await bank.setDurability(false);
  if (demo) {
    const { url, secrets, settings } = bank;
    const { BANK_TIME_ZONE: zone } = readSettings(
      { BANK_TIME_ZONE: bankTimeZone },
      environmentOf('accounts', settings),
    );
    logins = await fillDemo({ url, secrets, zone, control: bank }, logins, say);
  } else await bank.startServices();
  await bank.setDurability(true);
  await writeLogins(bank.folder, logins);
  await markFinished(bank.folder);
  return logins;
}
