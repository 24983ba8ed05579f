import { sleep } from './sleep.ts';

/** The value of `promise`; null if it takes longer than `ms` or rejects. */
export async function within<Value>(ms: number, promise: Promise<Value>): Promise<Value | null> {
  const over = new AbortController();
  try {
    return await Promise.race([promise, sleep(ms, over.signal).then(() => null)]);
  } catch {
    return null;
  } finally {
    over.abort();
  }
}
