import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from '@guichet/config';
import type { Log } from '@guichet/log';
import type { Health } from './health.ts';

/** The life of a process, from its settings to its last closed connection. */
export interface Lifecycle {
  /** Aborted when the process is told to stop. */
  readonly stopping: AbortSignal;
  /** Closed at the end, the last opened first. */
  onStop(what: string, close: () => unknown | Promise<unknown>): void;
  /** What turns not ready as soon as the process is told to stop. */
  drains(health: Health): void;
}

const STOP_WITHIN_MS = 25_000;

/**
 * Runs a service: `start` opens things in order and names how each is closed; SIGTERM and SIGINT close them in the reverse order.
 * A start that fails, or a promise that nobody caught, ends the process with status 1 and one line that says why. What only the start
 * needed is given back to the machine, where node was run with `--expose-gc`.
 */
export function runService(log: Log, start: (life: Lifecycle) => Promise<void>): void {
  const stopping = new AbortController();
  const closers: { what: string; close: () => unknown }[] = [];
  const drained: Health[] = [];

  async function stop(status: number): Promise<never> {
    stopping.abort();
    for (const health of drained) health.draining = true;
    // Those who send us requests learn from /readyz first.
    await sleep(Number(process.env.DRAIN_SECONDS ?? 0) * 1000);
    const late = setTimeout(() => {
      log.error('shutdown timed out');
      process.exit(1);
    }, STOP_WITHIN_MS);
    for (const { what, close } of closers.reverse()) {
      await Promise.resolve()
        .then(close)
        .catch((error: unknown) => log.warn({ err: error, what }, 'clean shutdown failed'));
    }
    clearTimeout(late);
    log.info('stopped');
    process.exit(status);
  }

  function fail(error: unknown): void {
    if (stopping.signal.aborted) return;
    if (error instanceof ConfigError) log.fatal(error.message);
    else log.fatal({ err: error }, 'fatal error');
    void stop(1);
  }

  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) return;
      log.info({ signal }, 'stopping');
      void stop(0);
    });
  }
  start({
    stopping: stopping.signal,
    onStop: (what, close) => closers.push({ what, close }),
    drains: (health) => drained.push(health),
  })
    .then(giveMemoryBack)
    .catch(fail);
}

/**
 * Reading its own program makes a process's young space as large as work ever will, and left alone it stays so. The last resort is
 * V8's name for a collection that lets go of all it can.
 */
function giveMemoryBack(): void {
  globalThis.gc?.({ type: 'major', flavor: 'last-resort', execution: 'sync' });
}
