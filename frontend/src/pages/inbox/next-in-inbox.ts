import type { PageContext } from '../../request-context.ts';
import { openInbox } from './inbox-list.ts';

/** The next request in the list that the address names; the list itself at its end, or if accounts does not answer. */
export async function nextInInbox(ctx: PageContext, afterId: string | null): Promise<string> {
  const list = openInbox(ctx);
  // Without its search the list is another one, which the agent should see first.
  if (list.isLost) return list.href();
  const { q: _registrations, ...query } = list.query;
  const wanted = list.tab === 'registrations' ? query : list.query;
  const page = await ctx.state.api.accounts
    .inbox({ ...wanted, tab: 'mine', after: afterId, limit: 1 })
    .catch((err: unknown) => {
      ctx.state.log.warn({ err }, 'the next request could not be found');
      return null;
    });
  const next = page?.items[0]?.operation.id;
  return next === undefined ? list.href() : list.href({}, `/operations/${next}`);
}
