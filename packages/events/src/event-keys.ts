import { SERVICES, type ServiceName } from '@guichet/contract';

/** The keys of one service: its own secret keys and the public keys of all services, each a raw X25519 key in base64url. */
export interface EventKeys {
  readonly secretKeys: readonly string[];
  readonly publicKeys: Readonly<Record<ServiceName, readonly string[]>>;
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
