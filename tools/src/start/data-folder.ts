import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '@guichet/cli';
import { parseJson } from '@guichet/jobs/json-file';
import { processIdentity } from '../processes/identity.ts';

interface Holder {
  pid: number;
  identity: string | null;
}

/** Creates the folder. Other users can traverse it but not list it, because the database may run as a user of its own. */
export async function makeDataFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o711);
}

/** The id of the process that is running a bank on this folder, or null. */
export function holderOf(folder: string): number | null {
  const holder = readHolder(join(folder, 'guichet.pid'));
  return holder !== null && isRunning(holder) ? holder.pid : null;
}

/**
 * Locks the folder for this process; the returned function releases it.
 * @throws UserError if a bank is already running on it
 */
export function takeDataFolder(folder: string): () => void {
  const file = join(folder, 'guichet.pid');
  for (;;) {
    try {
      const handle = openSync(file, 'wx', 0o600);
      writeFileSync(handle, JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid) }));
      closeSync(handle);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const pid = holderOf(folder);
      if (pid !== null) throw new UserError(alreadyRunning(folder, pid));
      rmSync(file, { force: true });
    }
  }
}

function alreadyRunning(folder: string, pid: number): string {
  return `Guichet is already running on ${folder} (process ${pid}). Stop it, or start this one with its own folder and ports, for example GUICHET_DATA=.guichet-2 PORT=8090 MAIL_UI_PORT=8035 npm start`;
}

/** Stores which processes belong to this folder, so that the next start can stop them if this one is killed. */
export function rememberProcesses(folder: string, pids: ReadonlyMap<string, number>): void {
  const entries = [...pids].map(([name, pid]) => ({ name, pid, identity: processIdentity(pid) }));
  writeFileSync(join(folder, 'processes.json'), JSON.stringify(entries), { mode: 0o600 });
}

/** Stops the processes that a killed supervisor left running on this folder; returns their names. */
export async function stopLeftovers(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, 'processes.json'), 'utf8').catch(() => '[]');
  const left = (parseJson(text) as (Holder & { name: string })[] | null)?.filter(isRunning) ?? [];
  for (const { pid } of left) send(pid, 'SIGTERM');
  const end = Date.now() + 15_000;
  while (left.some(isRunning) && Date.now() < end) await sleep(50);
  for (const holder of left) if (isRunning(holder)) send(holder.pid, 'SIGKILL');
  return left.map(({ name }) => name);
}

function readHolder(file: string): Holder | null {
  try {
    return parseJson(readFileSync(file, 'utf8')) as Holder | null;
  } catch {
    return null;
  }
}

function isRunning({ pid, identity }: Holder): boolean {
  const now = processIdentity(pid);
  return now !== null && now === identity;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}
