import { createHmac } from 'node:crypto';
import { defaults, seal, unseal } from '@hapi/iron';

/** Encrypts and signs what a browser keeps. */
export interface Sealing<Value extends object> {
  seal(value: Value): Promise<string>;
  /** Null if it is too old, was changed, or was sealed for another purpose or with an unknown secret. */
  open(sealed: string): Promise<Value | null>;
}

/**
 * Seals for one purpose, so that what is sealed for it never opens for another. The first secret seals; all of them open, and a seal names the one
 * that it needs. Keys are derived once: deriving them for each page takes longer than opening it.
 */
export function sealingFor<Value extends object>(
  purpose: string,
  secrets: readonly [current: string, ...previous: string[]],
  ttlSeconds: number,
): Sealing<Value> {
  const keys = secrets.map((secret) => ({
    id: keyFor(secret, purpose, 'id').toString('hex').slice(0, 16),
    encryption: keyFor(secret, purpose, 'encryption'),
    integrity: keyFor(secret, purpose, 'integrity'),
  }));
  const [current] = keys as [(typeof keys)[0]];
  const byId = Object.fromEntries(keys.map((key) => [key.id, key]));
  const options = { ...defaults, ttl: ttlSeconds * 1000 };
  return {
    seal: (value) => seal(value, current, options),
    // A cookie that doesn't open is as if there were none, whatever the reason.
    open: (sealed) => unseal(sealed, byId, options).catch(() => null) as Promise<Value | null>,
  };
}

function keyFor(secret: string, purpose: string, use: string): Buffer {
  return createHmac('sha256', secret).update(`guichet ${purpose} ${use}`).digest();
}
