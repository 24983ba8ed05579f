import {
  type eventKeySettings,
  fingerprintSettings,
  type natsSettings,
  type ProcessSettings,
  type processSettings,
  readSettings,
} from '@guichet/config';
import type { ServiceName } from '@guichet/contract';
import type { StreamName } from '@guichet/contract/events';
import {
  type Broker,
  connectBroker,
  createEnvelope,
  reportLife,
  reportTrouble,
  toEventKeys,
} from '@guichet/events';
import { createLog, type Log } from '@guichet/log';
import { type Clock, shiftedClock } from '@guichet/time';
import type { z } from 'zod';
import { listenAdmin } from './admin-port.ts';
import { watchBroker, watchStreams } from './broker-metrics.ts';
import { exportTraces } from './export-traces.ts';
import { followLogLevel, watchLogLevel } from './follow-log-level.ts';
import { giveMemoryBack } from './give-memory-back.ts';
import { createHealth, type ReadinessCheck } from './health.ts';
import { watchProcess } from './process-metrics.ts';
import { RELEASE } from './release.ts';
import { handleShutdown, type Shutdown } from './shutdown.ts';

type ProcessShape = typeof processSettings;
type EventShape = ProcessShape & typeof natsSettings & typeof eventKeySettings;
type Settings<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>;

/** A running process of the bank. */
export interface Process<Given> extends Shutdown {
  readonly settings: Given;
  readonly log: Log;
  readonly clock: Clock;
  /** Makes the process ready only while `check` returns no missing prerequisites. */
  requires(check: ReadinessCheck): void;
  /** Stops `opened` when the process stops; the last one opened stops first. */
  keep<Opened extends { stop(): unknown } | { close(): unknown }>(what: string, opened: Opened): Opened;
  /** The prerequisites that are missing before the process can serve. */
  readonly ready: ReadinessCheck;
  /** Reports that the process has started, and logs `details`. */
  started(details?: object): void;
}

interface ProcessOptions<Shape> {
  name: string;
  /** The settings that the process reads from its environment. */
  settings: Shape;
}

/**
 * Starts a process of the bank: reads its settings, and opens the log, the clock, the admin port with its probes and metrics, and a broker
 * that waits for `streams`. Warnings and errors go to the audit log too.
 * @throws ConfigError with every invalid setting; uncaught, it ends the process with one line that lists them
 */
export async function startProcess<Shape extends EventShape>(
  options: ProcessOptions<Shape> & { name: ServiceName; streams: readonly StreamName[] },
): Promise<Process<Settings<Shape>> & { readonly broker: Broker }> {
  const opened = await startProcessWithoutEvents(options);
  const { log, clock, keep } = opened;
  const settings = opened.settings as Settings<EventShape>;
  const envelope = createEnvelope(options.name, toEventKeys(settings));
  const broker = connectBroker({
    name: options.name,
    settings,
    streams: [...options.streams, 'LEVELS'],
    log,
    envelope,
  });
  keep('broker', broker);
  watchBroker(broker);
  watchStreams(broker);
  const about = { version: RELEASE.version, settingsHash: fingerprintSettings(settings) };
  keep('start report', reportLife({ broker, service: options.name, clock, ...about }));
  const levels = followLogLevel({ broker, log, service: options.name, configured: settings.LOG_LEVEL });
  watchLogLevel(keep('log level', levels));
  keep('trouble reports', reportTrouble({ log, broker, service: options.name, clock }));
  return { ...opened, broker };
}

/** Starts a process as `startProcess` does, but without a broker. */
export async function startProcessWithoutEvents<Shape extends ProcessShape>(
  options: ProcessOptions<Shape>,
): Promise<Process<Settings<Shape>>> {
  const { name } = options;
  const log = createLog({ service: name, level: process.env.LOG_LEVEL });
  const shutdown = handleShutdown(log);
  const given = readSettings(options.settings);
  const settings = given as ProcessSettings & { CLOCK_OFFSET_SECONDS?: number };
  const traces = await exportTraces(name, settings, log);
  // Registered first, so that it stops last and has the spans of the shutdown.
  if (traces !== null) shutdown.onStop('traces', () => traces.stop());
  const checks: ReadinessCheck[] = [];
  const checkAll = async () => (await Promise.all(checks.map((check) => check()))).flat();
  const health = createHealth(checkAll, shutdown.stopping);
  watchProcess({ service: name, bank: settings.BANK_LABEL, tlsDirectory: settings.TLS_DIRECTORY });
  const admin = await listenAdmin(settings, health);
  shutdown.onStop('admin port', () => admin.close());
  return {
    ...shutdown,
    settings: given,
    log,
    // Only services that set times of events have this setting.
    clock: shiftedClock(settings.CLOCK_OFFSET_SECONDS ?? 0),
    requires: (check) => void checks.push(check),
    keep(what, opened) {
      shutdown.onStop(what, () => ('stop' in opened ? opened.stop() : opened.close()));
      return opened;
    },
    ready: health.ready,
    started(details) {
      health.started = true;
      log.info({ admin_port: admin.port, ...details }, 'started');
      // After main.ts has ended, so that values that only the start used can be freed.
      setImmediate(giveMemoryBack);
    },
  };
}
