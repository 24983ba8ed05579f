import {
  DURABLE_STREAMS,
  type DurableName,
  STREAM_SUBJECTS,
  type StreamName,
} from '@guichet/contract/events';
import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  type JetStreamManager,
  NatsError,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from 'nats';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** How long and how much each stream keeps. */
export const STREAMS: Readonly<Record<StreamName, Partial<StreamConfig>>> = {
  /** Audit events; logging normally stores them within a second. */
  LOG: { max_age: nanos(30 * DAY_MS) },
  /** A mail is removed once it is sent or became a dead letter. */
  MAIL: { retention: RetentionPolicy.Workqueue },
  /** Kept for an operator, but not for ever: they contain addresses and names. */
  MAIL_DEAD_LETTERS: { max_age: nanos(30 * DAY_MS) },
  USERS: { max_msgs_per_subject: 1 },
  /** For longer than any access token lives. */
  REVOCATIONS: { max_age: nanos(60 * MINUTE_MS) },
};

/** How long each durable consumer may take to acknowledge a message. */
export const ACK_WAIT_MS: Readonly<Record<DurableName, number>> = {
  logging: 30_000,
  mailer: 120_000,
  resend: 30_000,
};

/**
 * Creates the streams that are missing, and updates the others to this release's settings. Only the NATS user `streams` may do this: the
 * server applies a stream's or a consumer's settings (`sources`, `republish`, `deliver_subject`) without checking its creator's permissions.
 */
export async function ensureStreams(
  manager: JetStreamManager,
  names: readonly StreamName[],
  replicas: number,
): Promise<void> {
  for (const name of names) {
    const wanted = {
      name,
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      num_replicas: replicas,
      duplicate_window: nanos(10 * MINUTE_MS),
      ...STREAMS[name],
      subjects: [STREAM_SUBJECTS[name]],
    };
    const existing = await unlessMissing(manager.streams.info(name));
    if (existing === null) await manager.streams.add(wanted);
    else if (isOutdated(existing.config, wanted)) await manager.streams.update(name, wanted);
  }
}

/** Creates the durable consumers of `streams` that are missing, and updates the others to this release's settings. */
export async function ensureDurables(
  manager: JetStreamManager,
  streams: readonly StreamName[],
): Promise<void> {
  for (const name of Object.keys(DURABLE_STREAMS) as DurableName[]) {
    const stream = DURABLE_STREAMS[name];
    if (streams.includes(stream))
      await ensureDurable(manager, stream, name, { ack_wait: nanos(ACK_WAIT_MS[name]) });
  }
}

/** Creates one durable consumer, or changes its settings. */
export async function ensureDurable(
  manager: JetStreamManager,
  stream: StreamName,
  durable: string,
  changes: Partial<Pick<ConsumerConfig, 'ack_wait' | 'max_deliver' | 'max_ack_pending'>> = {},
): Promise<void> {
  const settings = { ack_wait: nanos(30_000), max_deliver: -1, max_ack_pending: 5_000, ...changes };
  const existing = await unlessMissing(manager.consumers.info(stream, durable));
  if (existing === null) {
    await manager.consumers.add(stream, {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ...settings,
    });
  } else if (isOutdated(existing.config, settings)) {
    await manager.consumers.update(stream, durable, settings);
  }
}

async function unlessMissing<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof NatsError && error.code === '404') return null;
    throw error;
  }
}

function isOutdated(config: object, wanted: object): boolean {
  const current = config as Record<string, unknown>;
  return Object.entries(wanted).some(([name, value]) => !sameSetting(current[name], value));
}

function sameSetting(have: unknown, want: unknown): boolean {
  return JSON.stringify(have) === JSON.stringify(want);
}
