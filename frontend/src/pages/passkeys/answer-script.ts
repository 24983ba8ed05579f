import type { Problem } from '@guichet/errors';
import type { PageContext } from '../../request-context.ts';
import { asRefusal, refusalText } from '../page.ts';

/** Answers a script with JSON: what it asked for, or why not in the user's language. */
export async function answerScript(
  ctx: PageContext,
  ask: () => Promise<object>,
  asRefused: (error: unknown) => Problem = asRefusal,
): Promise<void> {
  try {
    ctx.body = await ask();
  } catch (error) {
    const refusal = asRefused(error);
    ctx.status = refusal.status;
    ctx.set(refusal.headers);
    ctx.body = { code: refusal.code, text: refusalText(ctx, refusal) };
  }
}
