import { refuse } from '../errors.ts';
import type { IdempotencyKey } from './outcome.ts';

/**
 * Claims a key for one request of this process. Requests on other replicas conflict in the database.
 * @returns a function that releases the key
 * @throws Problem request_in_progress while another request with the same key runs
 */
export function claimKey(inFlightKeys: Set<string>, key: IdempotencyKey | undefined): () => void {
  if (key === undefined) return () => undefined;
  const name = `${key.userId} ${key.key}`;
  if (inFlightKeys.has(name))
    throw refuse.request_in_progress(undefined, { headers: { 'Retry-After': '1' } });
  inFlightKeys.add(name);
  return () => inFlightKeys.delete(name);
}
