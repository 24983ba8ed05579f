import {
  DURABLE_STREAMS,
  type DurableName,
  STREAM_SUBJECTS,
  type StreamName,
} from '@guichet/contract/events';

interface Rights {
  publishes: readonly string[];
  /** Streams that each replica reads message by message. */
  follows: readonly StreamName[];
  /** Durable consumers that it pulls messages from. */
  consumes: readonly DurableName[];
  /** Streams whose state it reads. */
  inspects: readonly StreamName[];
}

/** The rights of each service; the server refuses everything else. */
const RIGHTS = {
  auth: {
    publishes: ['log.>', 'mail.>', 'users.>', 'revocations.>'],
    follows: [],
    consumes: [],
    inspects: ['LOG', 'MAIL', 'USERS', 'REVOCATIONS'],
  },
  accounts: {
    publishes: ['log.>', 'mail.>'],
    follows: ['USERS', 'REVOCATIONS'],
    consumes: [],
    inspects: ['LOG', 'MAIL'],
  },
  logging: {
    publishes: ['log.system.>'],
    follows: ['USERS', 'REVOCATIONS'],
    consumes: ['logging'],
    inspects: [],
  },
  mailer: {
    publishes: ['mail.>', 'dead.mail.>', 'log.system.>'],
    follows: ['USERS'],
    consumes: ['mailer', 'resend'],
    inspects: ['LOG'],
  },
  frontend: { publishes: ['log.system.>'], follows: [], consumes: [], inspects: ['LOG'] },
} as const satisfies Record<string, Rights>;

export type NatsService = keyof typeof RIGHTS;
export const NATS_SERVICES = Object.keys(RIGHTS) as NatsService[];

/** The user that creates the streams and their consumers. No service has its password. */
export const STREAMS_USER = 'streams';
export type NatsUserName = NatsService | typeof STREAMS_USER;
export const NATS_USERS: readonly NatsUserName[] = [...NATS_SERVICES, STREAMS_USER];

export interface Permissions {
  publish: string[];
  subscribe: string[];
}

/**
 * The subjects that a NATS user may use. No service may create or change a stream or a consumer, because the server applies their settings
 * (`sources`, `republish`, `deliver_subject`) without checking the permissions of the user who wrote them.
 */
export function permissionsOf(user: NatsUserName): Permissions {
  if (user === STREAMS_USER) return streamsPermissions();
  const { publishes, follows, consumes, inspects }: Rights = RIGHTS[user];
  const streams = new Set([...follows, ...inspects, ...consumes.map((durable) => DURABLE_STREAMS[durable])]);
  return {
    publish: [
      ...publishes,
      ...[...streams].map((stream) => `$JS.API.STREAM.INFO.${stream}`),
      ...follows.map((stream) => `$JS.API.STREAM.MSG.GET.${stream}`),
      ...consumes.flatMap((durable) => {
        const consumer = `${DURABLE_STREAMS[durable]}.${durable}`;
        return [
          `$JS.API.CONSUMER.INFO.${consumer}`,
          `$JS.API.CONSUMER.MSG.NEXT.${consumer}`,
          `$JS.ACK.${consumer}.>`,
        ];
      }),
    ],
    // A plain subscription signals new messages of the streams that it follows.
    subscribe: [`_INBOX_${user}.>`, ...follows.map((stream) => STREAM_SUBJECTS[stream])],
  };
}

function streamsPermissions(): Permissions {
  const streams = Object.keys(STREAM_SUBJECTS).flatMap((stream) =>
    ['INFO', 'CREATE', 'UPDATE'].map((verb) => `$JS.API.STREAM.${verb}.${stream}`),
  );
  const consumers = Object.entries(DURABLE_STREAMS).flatMap(([durable, stream]) =>
    ['INFO', 'CREATE', 'DURABLE.CREATE'].map((verb) => `$JS.API.CONSUMER.${verb}.${stream}.${durable}`),
  );
  return { publish: [...streams, ...consumers], subscribe: [`_INBOX_${STREAMS_USER}.>`] };
}
