import { setTimeout } from 'node:timers/promises';

/** Resolves after `ms`, or as soon as `signal` is aborted; it never rejects. With `ref: false` it does not keep the process running. */
export async function sleep(
  ms: number,
  signal?: AbortSignal,
  { ref = true }: { ref?: boolean } = {},
): Promise<void> {
  const options = signal === undefined ? { ref } : { ref, signal };
  await setTimeout(ms, undefined, options).catch(() => undefined);
}
