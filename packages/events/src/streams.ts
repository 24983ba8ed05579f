import type { StreamSettings } from '@guichet/config';
import {
  DURABLE_STREAMS,
  type DurableName,
  LEVEL_CHANGE_MAX_MS,
  MAIL_RECORDS_DAYS,
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

interface Declaration extends Partial<Pick<StreamConfig, 'retention' | 'max_age' | 'max_msgs_per_subject'>> {
  /** Its part of the space of all streams, in percent. */
  share: number;
  /** Makes room by removing the oldest messages that this consumer has acknowledged. */
  trimmedBehind?: DurableName;
}

/** How long and how much each stream keeps. A stream that is full refuses messages, which wait in the outboxes: it never drops one that may not be handled yet. */
export const STREAMS: Readonly<Record<StreamName, Declaration>> = {
  /** Audit events; logging normally stores them within a second. They stay so that its database can be filled again. */
  LOG: { share: 50, max_age: nanos(30 * DAY_MS), trimmedBehind: 'logging' },
  /** A mail is removed once it is sent or became a dead letter. */
  MAIL: { share: 10, retention: RetentionPolicy.Workqueue },
  /** The last record of each mail, for longer than its message can come again: a mail that is older is not sent without its record. */
  MAIL_RECORDS: { share: 10, max_age: nanos(MAIL_RECORDS_DAYS * DAY_MS), max_msgs_per_subject: 1 },
  /** Kept for an operator, but not for ever: they contain addresses and names. */
  MAIL_DEAD_LETTERS: { share: 5, max_age: nanos(30 * DAY_MS) },
  USERS: { share: 20, max_msgs_per_subject: 1 },
  /** For longer than any access token lives. */
  REVOCATIONS: { share: 3, max_age: nanos(60 * MINUTE_MS) },
  /** For longer than any change lasts, so that a process that starts finds it. */
  LEVELS: { share: 2, max_msgs_per_subject: 1, max_age: nanos(LEVEL_CHANGE_MAX_MS + 60 * MINUTE_MS) },
};

/** A stream is trimmed when this much of it is used, before the alert for it at 90 %. */
const TRIM_AT = 0.8;
const TRIMMED_AT_ONCE = 0.25;

/** The configuration of a stream, as JetStream takes it. */
export function streamConfig(name: StreamName, settings: StreamSettings) {
  const { share, trimmedBehind: _, ...limits } = STREAMS[name];
  return {
    name,
    subjects: [STREAM_SUBJECTS[name]],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    num_replicas: settings.NATS_REPLICAS,
    max_bytes: Math.floor((settings.NATS_STREAMS_MIB * share) / 100) * 2 ** 20,
    duplicate_window: nanos(10 * MINUTE_MS),
    ...limits,
  };
}

/** How long each durable consumer may take to acknowledge a message. */
export const ACK_WAIT_MS: Readonly<Record<DurableName, number>> = {
  logging: 30_000,
  mailer: 120_000,
};

/**
 * Creates the streams that are missing, and updates the others to this release's settings. Only the NATS user `streams` may do this: the
 * server applies a stream's or a consumer's settings (`sources`, `republish`, `deliver_subject`) without checking its creator's permissions.
 */
export async function ensureStreams(
  manager: JetStreamManager,
  names: readonly StreamName[],
  settings: StreamSettings,
): Promise<void> {
  for (const name of names) {
    const wanted = streamConfig(name, settings);
    const existing = await unlessMissing(manager.streams.info(name));
    if (existing === null) await manager.streams.add(wanted);
    else if (isOutdated(existing.config, wanted)) await manager.streams.update(name, wanted);
  }
}

/**
 * Removes the oldest messages of a stream that is almost full, as far as its consumer has acknowledged all of them. Those behind it are never removed, so
 * the stream fills up if the consumer stops.
 */
export async function trimStreams(manager: JetStreamManager, names: readonly StreamName[]): Promise<void> {
  for (const name of names) {
    const { trimmedBehind } = STREAMS[name];
    if (trimmedBehind === undefined) continue;
    const { state, config } = await manager.streams.info(name);
    if (config.max_bytes <= 0 || state.bytes < config.max_bytes * TRIM_AT) continue;
    const { ack_floor } = await manager.consumers.info(name, trimmedBehind);
    const part = Math.ceil((state.last_seq - state.first_seq + 1) * TRIMMED_AT_ONCE);
    const seq = Math.min(ack_floor.stream_seq + 1, state.first_seq + part);
    if (seq > state.first_seq) await manager.streams.purge(name, { seq });
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
