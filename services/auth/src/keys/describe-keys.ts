import type { AuthState } from '@guichet/contract';
import type { Database } from '@guichet/database';
import type { Rotation } from './rules.ts';
import { listKeys } from './store.ts';

/** The signing keys by their public ids, and when the next one begins to sign. */
export async function describeKeys(
  db: Database,
  { intervalMs, aheadMs }: Rotation,
): Promise<NonNullable<AuthState['signing_keys']>> {
  const keys = await listKeys(db);
  const signing = keys.findLast(({ state }) => state === 'signing')?.signing_since ?? null;
  const published = keys.find(({ state }) => state === 'published')?.created_at;
  // A key that was published late, after a pause of the bank, is still published for its full time.
  const readyAtMs = published === undefined ? 0 : published.getTime() + aheadMs;
  return {
    items: keys.flatMap(({ kid, state, signing_since, created_at }) =>
      state === 'removed' || state === 'revoked'
        ? []
        : [{ kid, state, since: (signing_since ?? created_at).toISOString() }],
    ),
    next_rotation_at:
      signing === null ? null : new Date(Math.max(signing.getTime() + intervalMs, readyAtMs)).toISOString(),
  };
}
