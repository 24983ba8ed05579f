import type { Inbox } from '@guichet/contract/accounts';
import type { UserList } from '@guichet/contract/auth';
import type { PageContext } from '../../request-context.ts';
import { settle } from '../settle.ts';
import type { Tab } from './choices.ts';
import type { InboxList } from './inbox-list.ts';
import { WAITING_REGISTRATIONS } from './waiting-registrations.ts';

/** What the page shows; null where its service is unavailable. */
export interface InboxPage {
  inbox: Inbox | null;
  registrations: UserList | null;
  /** The number of waiting requests in each tab, without the filters. */
  counts: Record<Tab, number | null>;
}

const PAGE = 200;

/** Loads the chosen tab, and the counts of all tabs. */
export async function loadInbox(ctx: PageContext, list: InboxList): Promise<InboxPage> {
  const { accounts, auth } = ctx.state.api;
  const { cursor } = list;
  const isRegistrations = list.tab === 'registrations';
  const page = { ...WAITING_REGISTRATIONS, q: list.values.q, cursor, limit: PAGE };
  const [inbox, registrations, allRegistrations, counts] = await Promise.all([
    isRegistrations ? null : settle(ctx, 'requests', accounts.inbox({ ...list.query, limit: PAGE, cursor })),
    isRegistrations ? settle(ctx, 'registrations', auth.users(page)) : null,
    settle(ctx, 'registrations', auth.users({ ...WAITING_REGISTRATIONS, limit: 1 })),
    settle(ctx, 'requests', accounts.inboxCounts()),
  ]);
  return {
    inbox,
    registrations,
    counts: {
      mine: counts?.mine ?? null,
      second_agent: counts?.second_agent ?? null,
      registrations: allRegistrations?.total ?? null,
    },
  };
}
