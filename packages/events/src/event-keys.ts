/** The services that publish and read events. Sealed messages name a service by its position in this list, so add new ones at the end. */
export const PARTIES = ['auth', 'accounts', 'logging', 'mailer', 'frontend'] as const;
export type EventParty = (typeof PARTIES)[number];

/** The first word of a subject. */
type Topic = 'log' | 'mail' | 'dead' | 'users' | 'revocations';

/** The services to which messages are sealed. */
export const READERS: Readonly<Record<Topic, readonly EventParty[]>> = {
  log: ['logging'],
  mail: ['mailer'],
  dead: ['mailer'],
  users: ['accounts', 'logging', 'mailer'],
  revocations: ['accounts', 'logging'],
};

/** The services whose messages are accepted. */
export const SENDERS: Readonly<Record<Topic, readonly EventParty[]>> = {
  log: PARTIES,
  // The mailer puts dead letters back.
  mail: ['auth', 'accounts', 'mailer'],
  dead: ['mailer'],
  users: ['auth'],
  revocations: ['auth'],
};

/** The keys of one service: its own secret keys and the public keys of all services, each a raw X25519 key in base64url. */
export interface EventKeys {
  readonly secretKeys: readonly string[];
  readonly publicKeys: Readonly<Record<EventParty, readonly string[]>>;
}

/** @throws Error for a subject of no event */
export function topicOf(subject: string): Topic {
  const topic = subject.slice(0, subject.indexOf('.'));
  if (topic in READERS) return topic as Topic;
  throw new Error(`no event is published on ${subject}`);
}

/** Turns the settings that `eventKeySettings` reads into the keys of a service. */
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
