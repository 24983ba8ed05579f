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

/** Makes the folder; others may pass through it (the database may run as a user of its own) but not look into it. */
export async function makeDataFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o711);
}

/** The process that runs a bank on this folder now, or null. */
export function holderOf(folder: string): number | null {
  const holder = readHolder(join(folder, 'guichet.pid'));
  return holder !== null && isRunning(holder) ? holder.pid : null;
}

/**
 * Takes the folder for this process alone; the answer gives it back.
 * @throws UserError when a bank runs on it already
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
      if (pid !== null) throw new UserError(runsAlready(folder, pid));
      rmSync(file, { force: true });
    }
  }
}

function runsAlready(folder: string, pid: number): string {
  return `Guichet already runs on ${folder} (process ${pid}): stop that one, or give this one a folder and ports of its own, for example GUICHET_DATA=.guichet-2 PORT=8090 MAIL_UI_PORT=8035 npm start`;
}

/** Remembers which processes belong to this folder, for a start after one that was killed. */
export function rememberProcesses(folder: string, pids: ReadonlyMap<string, number>): void {
  const entries = [...pids].map(([name, pid]) => ({ name, pid, identity: processIdentity(pid) }));
  writeFileSync(join(folder, 'processes.json'), JSON.stringify(entries), { mode: 0o600 });
}

/** Ends what a killed supervisor left behind on this folder; returns the names. */
export async function endLeftovers(folder: string): Promise<string[]> {
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
    // Gone meanwhile, which is what was wanted.
  }
}
