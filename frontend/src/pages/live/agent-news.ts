import type { PageContext } from '../../request-context.ts';
import { currentUser } from '../page.ts';
import type { News } from './member-news.ts';

/** A busy bank has hundreds of requests a second; an agent is notified this often. */
const NOTIFY_EVERY_MS = 2_000;

const ARRIVAL = /"action":"(?:[A-Z]+_(?:REQUESTED|APPROVED))"/;
const REGISTRATION = '"action":"USER_REGISTERED"';
const DECISION = /"action":"(?:[A-Z]+_(?:POSTED|REJECTED|CANCELLED|EXPIRED|OPENED|RENEWED|CLOSED|CHANGED))"/;

export interface AgentNews {
  /** The last entry that it sums up. */
  id: string;
  news: News[];
  /** The requests and registrations that are waiting now; null if that is unknown. */
  waiting: number | null;
}

/**
 * Sums up the arrivals in the agents' inbox. Calls `notify` with them and the new counts, at most every two seconds, however many entries came.
 * Entries are searched as text: an agent's stream has all of the bank's.
 */
export function gatherAgentNews(
  ctx: PageContext,
  countWaiting: () => Promise<number | null>,
  notify: (news: AgentNews) => void,
) {
  const own = `"actor":{"id":"${currentUser(ctx).id}"`;
  let requests = 0;
  let registrations = 0;
  let lastId = '';
  let timer: NodeJS.Timeout | undefined;
  let isNotifying = false;

  async function notifyNow(): Promise<void> {
    const news = arrivalNews(ctx, { requests, registrations });
    const id = lastId;
    requests = 0;
    registrations = 0;
    timer = undefined;
    isNotifying = true;
    notify({ id, news, waiting: await countWaiting() });
    isNotifying = false;
  }

  return {
    take(id: string, entry: string): void {
      lastId = id;
      const [isArrival, isRegistration] = [ARRIVAL.test(entry), entry.includes(REGISTRATION)];
      if (!isArrival && !isRegistration && !DECISION.test(entry)) return;
      // What agents did themselves, in another tab, only changes the counts.
      if (!entry.includes(own)) {
        if (isArrival) requests += 1;
        if (isRegistration) registrations += 1;
      }
      timer ??= setTimeout(() => void notifyNow(), NOTIFY_EVERY_MS).unref();
    },
    /** Whether there is news that the agent has not been notified of. */
    isWaiting: () => timer !== undefined || isNotifying,
    stop(): void {
      clearTimeout(timer);
    },
  };
}

/** Says how many requests and registrations have arrived. */
export function arrivalNews(
  ctx: PageContext,
  { requests, registrations }: { requests: number; registrations: number },
): News[] {
  return [
    ...(requests === 0 ? [] : [newsOf(ctx, 'live.requests', '/inbox', requests)]),
    ...(registrations === 0
      ? []
      : [newsOf(ctx, 'live.registrations', '/inbox?tab=registrations', registrations)]),
  ];
}

function newsOf(ctx: PageContext, key: string, href: string, count: number): News {
  const { views, locale } = ctx.state;
  return { kind: 'info', text: views.t(locale, key, key, { count }), href, count, isLate: false };
}
