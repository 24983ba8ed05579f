import {
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

/** The streams of the bank, and how long each keeps what. */
export const STREAMS = {
  /** Every log entry, until long after the log store has it. */
  LOG: { subjects: ['log.>'], max_age: nanos(30 * DAY_MS) },
  /** Mail to be sent; each is gone once it is sent or a dead letter. */
  MAIL: { subjects: ['mail.>'], retention: RetentionPolicy.Workqueue },
  /** Mail that could not be sent, kept for a person to look at. */
  MAIL_DEAD_LETTERS: { subjects: ['dead.mail.>'] },
  /** The last state of each user. */
  USERS: { subjects: ['users.>'], max_msgs_per_subject: 1 },
  /** Ended sessions, for longer than any access token lives. */
  REVOCATIONS: { subjects: ['revocations.>'], max_age: nanos(60 * MINUTE_MS) },
} as const satisfies Record<string, Partial<Omit<StreamConfig, 'subjects'>> & { subjects: string[] }>;

export type StreamName = keyof typeof STREAMS;

/** Makes the streams that are missing and brings the others to this release's settings; any service may come first. */
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
      subjects: [...STREAMS[name].subjects],
    };
    try {
      const { config } = await manager.streams.info(name);
      if (
        Object.entries(wanted).some(([key, value]) => !sameSetting(config[key as keyof StreamConfig], value))
      ) {
        await manager.streams.update(name, wanted);
      }
    } catch (error) {
      if (!(error instanceof NatsError) || error.code !== '404') throw error;
      await manager.streams.add(wanted);
    }
  }
}

function sameSetting(have: unknown, want: unknown): boolean {
  return JSON.stringify(have) === JSON.stringify(want);
}
