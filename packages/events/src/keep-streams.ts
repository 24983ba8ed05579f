import type { NatsSettings, StreamSettings } from '@guichet/config';
import type { StreamName } from '@guichet/contract/events';
import type { Log } from '@guichet/log';
import { type PeriodicWork, runPeriodically } from '@guichet/time';
import type { JetStreamManager } from 'nats';
import { connectBroker } from './broker.ts';
import { ensureDurables, ensureStreams, STREAMS, trimStreams } from './streams.ts';

const CHECK_EVERY_MS = 5_000;

/** Every stream of the bank. */
export const ALL_STREAMS = Object.keys(STREAMS) as StreamName[];

/** The repeated check of the bank's streams. */
export interface StreamKeeping extends PeriodicWork {
  /** Whether NATS is connected and the streams have been created. */
  ready(): boolean;
}

/** Keeps the bank's streams and durable consumers in existence: creates them at the first connection, and again if NATS lost them, and makes room in them. */
export function keepStreams(options: {
  settings: NatsSettings & StreamSettings & { TLS_DIRECTORY: string };
  log: Log;
  checkEveryMs?: number;
}): StreamKeeping {
  const { settings, log, checkEveryMs = CHECK_EVERY_MS } = options;
  const broker = connectBroker({
    name: 'streams',
    settings,
    streams: [],
    log,
    onConnected: async (manager) => {
      await ensureAll(manager);
      log.info('streams and consumers ready');
    },
  });

  async function ensureAll(manager: JetStreamManager): Promise<void> {
    await ensureStreams(manager, ALL_STREAMS, settings);
    await ensureDurables(manager, ALL_STREAMS);
    await trimStreams(manager, ALL_STREAMS);
  }

  const checking = runPeriodically({
    name: 'check the streams',
    log,
    everyMs: checkEveryMs,
    work: async () => {
      if (broker.ready()) await ensureAll((await broker.whenReady()).manager);
    },
  });

  return {
    ready: () => broker.ready(),
    async stop() {
      await Promise.all([checking.stop(), broker.close()]);
    },
  };
}
