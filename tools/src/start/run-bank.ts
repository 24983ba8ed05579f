import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceName } from '@guichet/contract';
import { fillDemo } from '@guichet/jobs/demo/fill';
import type { Logins } from '@guichet/jobs/demo/logins';
import { Bank } from './bank.ts';
import { markFinished, markUnfinished } from './first-start.ts';
import { readLogins, writeLogins } from './logins.ts';
import { fileOutput } from './output.ts';
import { environmentOf } from './settings.ts';

export interface BankRunOptions {
  /** Kept afterwards when given; else a temporary folder that goes with the bank. */
  folder?: string;
  /** Settings as a user would give them; PORT and MAIL_UI_PORT are any free ones unless set. */
  environment?: Record<string, string>;
  /** Demo people and their operations; without them there is only the superuser. Off by default. */
  demo?: boolean;
}

/** A whole bank for a test: every process real, on ports and in a folder of its own. */
export interface RunningBank {
  /** The public origin, without a slash at its end. */
  readonly url: string;
  /** Where caught mail is read: `GET <mailUrl>/email` lists it. */
  readonly mailUrl: string;
  readonly folder: string;
  /** Everything that every process wrote. */
  readonly logFile: string;
  readonly logins: Logins;
  /** The names of its processes: database, nats, mail and the services. */
  readonly names: readonly string[];
  /** The plain address of a service's admin port, for its metrics and probes. */
  adminUrl(service: ServiceName): string;
  /** The settings that a service runs with, secrets included. */
  environmentOf(service: ServiceName): Record<string, string>;
  /** Undefined while the process is down. */
  pid(name: string): number | undefined;
  /** Sends a signal; what dies of it is started again. */
  kill(name: string, signal?: NodeJS.Signals): void;
  /** Ends one process for good, until `start`. */
  halt(name: string): Promise<void>;
  start(name: string): void;
  /** Ends every process and removes the temporary folder. */
  stop(): Promise<void>;
}

/**
 * Starts a whole bank and returns once it is ready. End it with `stop()`; should this process die, its processes end too.
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
    bank = await Bank.open({ folder, environment, output });
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
      pid: (name) => bank.process(name).pid,
      kill: (name, signal = 'SIGKILL') => bank.process(name).kill(signal),
      halt: (name) => bank.process(name).stop(),
      start: (name) => bank.process(name).start(),
      stop,
    };
  } catch (error) {
    await bank.stop();
    await output.close();
    const words = await lastWords(logFile);
    await remove();
    throw new Error(`the bank did not come up: ${String(error)}\n${words}`, { cause: error });
  }
}

/** The folder goes with the bank: what explains its end is saved from it. */
async function lastWords(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).trim().split('\n');
  return lines.slice(-30).join('\n');
}

/** Starts the services; at the first start with `demo` lets the demo people live their months first. */
export async function makeReady(
  bank: Bank,
  { demo, say }: { demo: boolean; say: (text: string) => void },
): Promise<Logins> {
  const kept = await readLogins(bank.folder);
  if (kept !== null) {
    await bank.startServices();
    return kept;
  }
  const superuser = { username: bank.settings.superuser.username, password: bank.secrets.superuser };
  let logins: Logins = { superuser, agents: [], members: [] };
  await markUnfinished(bank.folder);
  // Hundreds of commits that nobody has been told of yet need not wait for the disk one by one.
  await bank.setDurability(false);
  if (demo) logins = await fillDemo({ url: bank.url, secrets: bank.secrets, control: bank }, logins, say);
  else await bank.startServices();
  await bank.setDurability(true);
  await writeLogins(bank.folder, logins);
  await markFinished(bank.folder);
  return logins;
}
