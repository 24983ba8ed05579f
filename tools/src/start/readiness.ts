import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '@guichet/cli';
import { withLastLines } from '../processes/last-lines.ts';
import type { SupervisedProcess } from '../processes/supervised.ts';
import { adminPort, type BankPorts, type ServiceProcess } from './settings.ts';

const WITHIN_MS = 120_000;
const PAUSE_MS = 75;
/** After this many failed starts in a row, waiting longer is pointless. */
const MAX_FAILURES = 5;

/**
 * Waits until each of these processes, or the public origin, reports that it is ready.
 * @throws UserError that names a service that keeps failing or is not ready in time, with its last output
 */
export async function waitUntilReady(
  ports: BankPorts,
  processes: readonly (ServiceProcess | 'public')[],
  processOf: (name: ServiceProcess) => SupervisedProcess,
): Promise<void> {
  const all = processes.map((name) =>
    name === 'public'
      ? { name: 'frontend' as const, port: ports.public }
      : { name, port: adminPort(name, ports) },
  );
  const over = new AbortController();
  try {
    await Promise.all(
      all.map(({ name, port }) => {
        const process = processOf(name);
        return withLastLines(waitForOne(process, name, port, over.signal), () => [process]);
      }),
    );
  } finally {
    over.abort();
  }
}

async function waitForOne(
  process: SupervisedProcess,
  name: ServiceProcess,
  port: number,
  over: AbortSignal,
): Promise<void> {
  const end = Date.now() + WITHIN_MS;
  while (!over.aborted) {
    const missing = await missingFrom(port);
    if (missing === null) return;
    if (process.failures >= MAX_FAILURES) {
      throw new UserError(`${name} keeps failing right after its start`);
    }
    if (Date.now() >= end) {
      throw new UserError(`${name} is not ready after ${WITHIN_MS / 1000} s (${missing})`);
    }
    await sleep(PAUSE_MS);
  }
}

/** Why a service is not ready, or null if it is. */
export async function missingFrom(port: number): Promise<string | null> {
  try {
    const reply = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(5_000) });
    return reply.ok ? null : (await reply.text()).slice(0, 300);
  } catch {
    return 'it does not listen';
  }
}
