import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsSettings } from '@guichet/config';
import type { Log } from '@guichet/log';
import type { JetStreamManager } from 'nats';
import { connectBroker } from './broker.ts';
import { ensureDurables, ensureStreams, STREAMS, type StreamName } from './streams.ts';

const CHECK_EVERY_MS = 5_000;

/** Every stream of the bank. */
export const ALL_STREAMS = Object.keys(STREAMS) as StreamName[];

/** Keeps the bank's streams and durable consumers in existence: created at the first connection, and again where NATS lost them. */
export function keepStreams(options: {
  settings: NatsSettings & { TLS_DIRECTORY: string };
  log: Log;
  checkEveryMs?: number;
}): { stop(): Promise<void> } {
  const { settings, log, checkEveryMs = CHECK_EVERY_MS } = options;
  const stopping = new AbortController();
  const broker = connectBroker({
    name: 'streams',
    settings,
    streams: [],
    log,
    onConnected: async (manager) => {
      await ensureAll(manager);
      log.info('the streams and their consumers exist');
    },
  });

  async function ensureAll(manager: JetStreamManager): Promise<void> {
    await ensureStreams(manager, ALL_STREAMS, settings.NATS_REPLICAS);
    await ensureDurables(manager, ALL_STREAMS);
  }

  const running = (async () => {
    while (!stopping.signal.aborted) {
      await sleep(checkEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted || !broker.ready()) continue;
      try {
        await ensureAll((await broker.whenReady()).manager);
      } catch (error) {
        if (!stopping.signal.aborted) log.warn({ err: error }, 'the streams cannot be checked');
      }
    }
  })();

  return {
    async stop() {
      stopping.abort();
      await broker.close();
      await running;
    },
  };
}
