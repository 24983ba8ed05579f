import type { PageContext } from '../../request-context.ts';
import { asRefusal, redirectTo, refusalNotice } from '../page.ts';

/** Does what a button of `page` asks for, and leads back to it with a notice of the outcome. */
export async function performOn(
  ctx: PageContext,
  page: string,
  action: () => Promise<unknown>,
  done: string,
): Promise<void> {
  try {
    await action();
    redirectTo(ctx, page, { kind: 'success', key: done });
  } catch (error) {
    redirectTo(ctx, page, refusalNotice(asRefusal(error)));
  }
}
