import { randomBytes } from 'node:crypto';
import { generateSealingKeys } from '@guichet/events';
import { newPassword, newReadablePassword } from '../start/secrets.ts';

/** What may stand in a secret. The two halves of a sealing pair are made together, or not at all. */
export type ValueKind = 'password' | 'readable' | 'key' | 'sealing-public' | 'sealing-secret';

const MAKERS = {
  password: newPassword,
  /** One that a person types. */
  readable: () => newReadablePassword(),
  /** 32 bytes in base64. */
  key: () => randomBytes(32).toString('base64'),
} as const;

/**
 * Makes a value of its kind for each key.
 * @throws Error where one half of a sealing pair is asked for without the other
 */
export function makeValues(kinds: Readonly<Record<string, ValueKind>>): Record<string, string> {
  const wanted = Object.values(kinds);
  const halves = ['sealing-public', 'sealing-secret'].filter((half) => wanted.includes(half as ValueKind));
  if (halves.length === 1)
    throw new Error(`${halves[0]} fits only the other half; both are in the secret, or neither`);
  const pair = halves.length === 0 ? null : generateSealingKeys();
  return Object.fromEntries(
    Object.entries(kinds).map(([key, kind]) => {
      if (kind === 'sealing-public') return [key, pair?.publicKey ?? ''];
      if (kind === 'sealing-secret') return [key, pair?.secretKey ?? ''];
      return [key, MAKERS[kind]()];
    }),
  );
}
