import { STREAMS, type StreamName } from '@guichet/events';

interface Rights {
  publishes: readonly string[];
  reads: readonly StreamName[];
}

/** Who may publish and read what; everything else is refused by the server. */
const RIGHTS = {
  auth: { publishes: ['log.>', 'mail.>', 'users.>', 'revocations.>'], reads: ['REVOCATIONS'] },
  accounts: { publishes: ['log.>', 'mail.>'], reads: ['USERS', 'REVOCATIONS'] },
  logging: { publishes: ['log.system.>'], reads: ['LOG', 'USERS', 'REVOCATIONS'] },
  mailer: {
    publishes: ['mail.>', 'dead.mail.>', 'log.system.>'],
    reads: ['MAIL', 'USERS', 'MAIL_DEAD_LETTERS'],
  },
  frontend: { publishes: ['log.system.>'], reads: [] },
} as const satisfies Record<string, Rights>;

export type NatsService = keyof typeof RIGHTS;
export const NATS_SERVICES = Object.keys(RIGHTS) as NatsService[];

export interface Permissions {
  publish: string[];
  subscribe: string[];
}

/** The subjects that a service's NATS user may use: its own, JetStream's for its own streams, and its own inbox. */
export function permissionsOf(service: NatsService): Permissions {
  const { publishes, reads }: Rights = RIGHTS[service];
  const filled = streamsOf(publishes);
  const known = [...new Set([...filled, ...reads])];
  return {
    publish: [
      ...publishes,
      '$JS.API.INFO',
      '$JS.API.STREAM.NAMES',
      ...known.flatMap(streamSubjects),
      ...reads.flatMap(readerSubjects),
    ],
    subscribe: [`_INBOX_${service}.>`],
  };
}

function streamsOf(subjects: readonly string[]): StreamName[] {
  return (Object.keys(STREAMS) as StreamName[]).filter((stream) =>
    subjects.some((subject) =>
      STREAMS[stream].subjects.some((kept) => subject.startsWith(kept.slice(0, -1))),
    ),
  );
}

function streamSubjects(stream: StreamName): string[] {
  return ['INFO', 'CREATE', 'UPDATE'].map((verb) => `$JS.API.STREAM.${verb}.${stream}`);
}

function readerSubjects(stream: StreamName): string[] {
  const consumer = (verb: string): string => `$JS.API.CONSUMER.${verb}.${stream}`;
  return [
    consumer('CREATE'),
    ...['CREATE', 'DURABLE.CREATE', 'INFO', 'MSG.NEXT', 'DELETE'].map((verb) => `${consumer(verb)}.>`),
    consumer('LIST'),
    consumer('NAMES'),
    `$JS.API.STREAM.MSG.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}.>`,
    `$JS.ACK.${stream}.>`,
    `$JS.FC.${stream}.>`,
  ];
}
