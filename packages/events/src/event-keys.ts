/** Who publishes and reads events. A party's place in this list stands for it in sealed messages: add at the end. */
export const PARTIES = ['auth', 'accounts', 'logging', 'mailer', 'frontend'] as const;
export type EventParty = (typeof PARTIES)[number];

/** The first word of a subject. */
type Topic = 'log' | 'mail' | 'dead' | 'users' | 'revocations';

/** To whom messages are sealed. */
export const READERS: Readonly<Record<Topic, readonly EventParty[]>> = {
  log: ['logging'],
  mail: ['mailer'],
  dead: ['mailer'],
  users: ['accounts', 'logging', 'mailer'],
  revocations: ['accounts', 'logging'],
};

/** Whose messages are taken. */
export const SENDERS: Readonly<Record<Topic, readonly EventParty[]>> = {
  log: PARTIES,
  // The mailer puts back what it had set aside as a dead letter.
  mail: ['auth', 'accounts', 'mailer'],
  dead: ['mailer'],
  users: ['auth'],
  revocations: ['auth'],
};

/** The keys of one service: its own secret ones, and everyone's public ones, each a raw X25519 key in base64url. */
export interface EventKeys {
  readonly secretKeys: readonly string[];
  readonly publicKeys: Readonly<Record<EventParty, readonly string[]>>;
}

/** @throws Error for a subject that no event has */
export function topicOf(subject: string): Topic {
  const topic = subject.slice(0, subject.indexOf('.'));
  if (topic in READERS) return topic as Topic;
  throw new Error(`no event is published on ${subject}`);
}

/** The settings of a service, as `eventKeySettings` reads them, as its keys. */
export function toEventKeys(settings: {
  EVENT_SECRET_KEY: readonly string[];
  EVENT_PUBLIC_KEYS: readonly (readonly [party: string, key: string])[];
}): EventKeys {
  const publicKeys = Object.fromEntries(
    PARTIES.map((party) => [
      party,
      settings.EVENT_PUBLIC_KEYS.filter(([name]) => name === party).map(([, key]) => key),
    ]),
  ) as Record<EventParty, string[]>;
  return { secretKeys: settings.EVENT_SECRET_KEY, publicKeys };
}
