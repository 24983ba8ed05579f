import { SERVICES, type ServiceName } from '@guichet/contract';
import { newEventKeys, newKey, newPassword, newReadablePassword } from './secrets.ts';

/** The kinds of values in a secret. Event keys are generated all together: an `event-secret` for each service, and the public keys. */
export type ValueKind = 'password' | 'readable' | 'key' | 'event-secret' | 'event-public';

const MAKERS = {
  password: newPassword,
  /** A password that a person types. */
  readable: () => newReadablePassword(),
  key: newKey,
} as const;

/**
 * Generates a value for each key.
 * @throws Error if only some of the event keys are requested
 */
export function makeValues(kinds: Readonly<Record<string, ValueKind>>): Record<string, string> {
  const eventKeys = Object.keys(kinds).filter((key) => kinds[key]?.startsWith('event-'));
  if (eventKeys.length > 0 && eventKeys.length < SERVICES.length + 1)
    throw new Error(`${eventKeys.join(', ')} must be generated together with the other event keys`);
  const generated = eventKeys.length === 0 ? null : newEventKeys();
  return Object.fromEntries(
    Object.entries(kinds).map(([key, kind]) => {
      if (kind === 'event-public') return [key, generated?.public ?? ''];
      if (kind === 'event-secret') return [key, generated?.secret[key as ServiceName] ?? ''];
      return [key, MAKERS[kind]()];
    }),
  );
}
