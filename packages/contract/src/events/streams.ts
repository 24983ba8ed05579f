import { SERVICES, type ServiceName } from '../lists/services.ts';

/** The streams of JetStream, and the subjects that each stores. */
export const STREAM_SUBJECTS = {
  /** Every event of the audit log. */
  LOG: 'log.>',
  /** Mail to be sent. */
  MAIL: 'mail.>',
  /** How far each mail came: claimed, sent, … */
  MAIL_RECORDS: 'mailing.>',
  /** Mail that can't be sent. */
  MAIL_DEAD_LETTERS: 'dead.mail.>',
  /** The current state of each user. */
  USERS: 'users.>',
  /** Ended sessions, and revoked signing keys. */
  REVOCATIONS: 'revocations.>',
  /** The level of each service's own log, while an operator has changed it. */
  LEVELS: 'levels.>',
} as const;
export type StreamName = keyof typeof STREAM_SUBJECTS;

/** How long MAIL_RECORDS keeps the record of a mail: an older mail may have been sent. */
export const MAIL_RECORDS_DAYS = 31;

/** The durable consumers: each is shared by the replicas of one service. */
export const DURABLE_STREAMS = {
  logging: 'LOG',
  mailer: 'MAIL',
} as const satisfies Record<string, StreamName>;
export type DurableName = keyof typeof DURABLE_STREAMS;

type FirstWord<Subject extends string> = Subject extends `${infer Word}.${string}` ? Word : never;
/** The first word of a subject. */
export type Topic = FirstWord<(typeof STREAM_SUBJECTS)[StreamName]>;

/** The services to which messages are sealed. */
export const READERS: Readonly<Record<Topic, readonly ServiceName[]>> = {
  log: ['logging'],
  mail: ['mailer'],
  mailing: ['mailer'],
  dead: ['mailer'],
  users: ['accounts', 'logging', 'mailer'],
  revocations: ['accounts', 'logging', 'mailer'],
  levels: SERVICES,
};

/** The services whose messages are accepted. */
export const SENDERS: Readonly<Record<Topic, readonly ServiceName[]>> = {
  log: SERVICES,
  // The mailer resends dead letters.
  mail: ['auth', 'accounts', 'mailer'],
  mailing: ['mailer'],
  dead: ['mailer'],
  users: ['auth'],
  revocations: ['auth'],
  levels: ['auth'],
};

/** @throws Error if the subject belongs to no stream */
export function topicOf(subject: string): Topic {
  const topic = subject.slice(0, subject.indexOf('.'));
  if (Object.hasOwn(READERS, topic)) return topic as Topic;
  throw new Error(`no event is published on ${subject}`);
}
