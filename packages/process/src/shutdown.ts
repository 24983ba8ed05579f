import { ConfigError } from '@guichet/config';
import type { Log } from '@guichet/log';
import { sleep } from '@guichet/time';

/** Closes what a process opened, in reverse order, when it ends. */
export interface Shutdown {
  /** Aborted when the shutdown begins. */
  readonly stopping: AbortSignal;
  /** Registers what to do when the process stops; the last registered runs first. */
  onStop(what: string, close: () => unknown): void;
}

const STOP_WITHIN_MS = 25_000;

/**
 * Ends the process in order: with status 0 at SIGTERM and SIGINT, with status 1 and one line with the reason at an uncaught error.
 * So a main.ts that throws while it starts closes what it has opened.
 */
export function handleShutdown(log: Log): Shutdown {
  const stopping = new AbortController();
  const closers: { what: string; close: () => unknown }[] = [];

  async function stop(status: number): Promise<never> {
    stopping.abort();
    // Clients learn from /readyz first.
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
  return { stopping: stopping.signal, onStop: (what, close) => closers.push({ what, close }) };
}
