import { SERVICES, type ServiceName } from '@guichet/contract';
import { isTopic, type Topic } from '@guichet/contract/events';

/** The keys of one service: its own secret keys and the public keys of all services, each a raw X25519 key in base64url. */
export interface EventKeys {
  readonly secretKeys: readonly string[];
  readonly publicKeys: Readonly<Record<ServiceName, readonly string[]>>;
}

/** @throws Error for a subject of no event */
export function topicOf(subject: string): Topic {
  const topic = subject.slice(0, subject.indexOf('.'));
  if (isTopic(topic)) return topic;
  throw new Error(`no event is published on ${subject}`);
}

/** Turns the settings that `eventKeySettings` reads into the keys of a service. */
export function toEventKeys(settings: {
  EVENT_SECRET_KEY: readonly string[];
  EVENT_PUBLIC_KEYS: readonly (readonly [party: string, key: string])[];
}): EventKeys {
  const publicKeys = Object.fromEntries(
    SERVICES.map((party) => [
      party,
      settings.EVENT_PUBLIC_KEYS.filter(([name]) => name === party).map(([, key]) => key),
    ]),
  ) as Record<ServiceName, string[]>;
  return { secretKeys: settings.EVENT_SECRET_KEY, publicKeys };
}
