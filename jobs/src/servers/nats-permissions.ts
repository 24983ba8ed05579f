import { SERVICES, type ServiceName } from '@guichet/contract';
import {
  DURABLE_STREAMS,
  type DurableName,
  SENDERS,
  STREAM_SUBJECTS,
  type StreamName,
  topicOf,
} from '@guichet/contract/events';

interface Rights {
  /** What it publishes to the audit log; what else it publishes follows from the contract's `SENDERS`. */
  logs: 'log.>' | 'log.system.>';
  /** Streams that each replica reads message by message. */
  follows: readonly StreamName[];
  /** Durable consumers that it pulls messages from. */
  consumes: readonly DurableName[];
  /** Streams whose state it reads. */
  inspects: readonly StreamName[];
  /** Streams in which it looks up single messages. */
  looksUp?: readonly StreamName[];
  /** Streams from which it removes single messages. */
  removesFrom?: readonly StreamName[];
}

/** The rights of each service; the server refuses everything else. */
const RIGHTS: Readonly<Record<ServiceName, Rights>> = {
  auth: {
    logs: 'log.>',
    follows: ['LEVELS'],
    consumes: [],
    inspects: ['LOG', 'MAIL', 'USERS', 'REVOCATIONS'],
    looksUp: ['USERS'],
  },
  accounts: {
    logs: 'log.>',
    follows: ['USERS', 'REVOCATIONS', 'LEVELS'],
    consumes: [],
    inspects: ['LOG', 'MAIL'],
  },
  logging: {
    logs: 'log.system.>',
    follows: ['USERS', 'REVOCATIONS', 'LEVELS'],
    consumes: ['logging'],
    inspects: [],
  },
  mailer: {
    logs: 'log.>',
    follows: ['USERS', 'REVOCATIONS', 'LEVELS'],
    consumes: ['mailer'],
    inspects: ['LOG', 'MAIL_RECORDS', 'MAIL_DEAD_LETTERS'],
    looksUp: ['MAIL_RECORDS', 'MAIL_DEAD_LETTERS'],
    removesFrom: ['MAIL_DEAD_LETTERS'],
  },
  frontend: { logs: 'log.system.>', follows: ['LEVELS'], consumes: [], inspects: ['LOG'] },
};

export const NATS_SERVICES = SERVICES;
export type NatsService = ServiceName;

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
  const { logs, follows, consumes, inspects, looksUp = [], removesFrom = [] } = RIGHTS[user];
  const streams = new Set([...follows, ...inspects, ...consumes.map((durable) => DURABLE_STREAMS[durable])]);
  return {
    publish: [
      logs,
      ...subjectsSentBy(user),
      ...[...streams].map((stream) => `$JS.API.STREAM.INFO.${stream}`),
      ...[...follows, ...looksUp].map((stream) => `$JS.API.STREAM.MSG.GET.${stream}`),
      ...removesFrom.map((stream) => `$JS.API.STREAM.MSG.DELETE.${stream}`),
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

function subjectsSentBy(service: ServiceName): string[] {
  return Object.values(STREAM_SUBJECTS).filter((subject) => {
    const topic = topicOf(subject);
    return topic !== 'log' && SENDERS[topic].includes(service);
  });
}

function streamsPermissions(): Permissions {
  const streams = Object.keys(STREAM_SUBJECTS).flatMap((stream) =>
    ['INFO', 'CREATE', 'UPDATE'].map((verb) => `$JS.API.STREAM.${verb}.${stream}`),
  );
  const consumers = Object.entries(DURABLE_STREAMS).flatMap(([durable, stream]) =>
    ['INFO', 'CREATE', 'DURABLE.CREATE'].map((verb) => `$JS.API.CONSUMER.${verb}.${stream}.${durable}`),
  );
  // It makes room in this stream.
  const purge = '$JS.API.STREAM.PURGE.LOG';
  return { publish: [...streams, purge, ...consumers], subscribe: [`_INBOX_${STREAMS_USER}.>`] };
}
