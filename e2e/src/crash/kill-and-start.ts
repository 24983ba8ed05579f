import type { RunningBank } from '@guichet/tools';

/** Kills a process and restarts it at once; the supervisor itself would wait longer after each failure. */
export async function killAndStart(bank: RunningBank, name: string): Promise<void> {
  bank.kill(name, 'SIGKILL');
  await bank.halt(name);
  bank.start(name);
}
