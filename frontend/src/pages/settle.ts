import { Problem, problems } from '@guichet/errors';
import type { PageContext, Part } from '../request-context.ts';

/** A user should not wait longer than this for a part that the page can do without. */
export const PART_WITHIN_MS = 4_000;

/**
 * The answer, or null while its service is unavailable or too slow: the page then names the part as missing and shows the rest.
 * @throws every other refusal, such as not_found
 */
export async function settle<T>(ctx: PageContext, part: Part, answer: Promise<T>): Promise<T | null> {
  // A timer of its own: aborting a promised one creates an error, whose stack costs more than the rest of this function.
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    const withinMs = ctx.state.partWithinMs;
    const internal = `no answer within ${withinMs} ms`;
    timer = setTimeout(() => reject(problems.unavailable(undefined, { internal })), withinMs);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    ctx.state.missing.add(part);
    ctx.state.log.warn({ err: error, part }, 'page shown without a part');
    return null;
  } finally {
    clearTimeout(timer);
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Problem && (error.status >= 500 || error.status === 429);
}
