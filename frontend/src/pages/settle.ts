import { setTimeout as sleep } from 'node:timers/promises';
import { Problem, problems } from '@guichet/errors';
import type { PageContext, Part } from '../request-context.ts';

/** A user should not wait longer than this for a part that the page can do without. */
export const PART_WITHIN_MS = 4_000;

/**
 * The answer, or null while its service is unavailable or too slow: the page then names the part as missing and shows the rest.
 * @throws every other refusal, such as not_found
 */
export async function settle<T>(ctx: PageContext, part: Part, answer: Promise<T>): Promise<T | null> {
  const over = new AbortController();
  try {
    return await Promise.race([answer, tooLate(ctx.state.partWithinMs, over.signal)]);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    ctx.state.missing.add(part);
    ctx.state.log.warn({ err: error, part }, 'page shown without a part');
    return null;
  } finally {
    over.abort();
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Problem && (error.status >= 500 || error.status === 429);
}

async function tooLate(withinMs: number, signal: AbortSignal): Promise<never> {
  await sleep(withinMs, undefined, { signal });
  throw problems.unavailable(undefined, { internal: `no answer within ${withinMs} ms` });
}
