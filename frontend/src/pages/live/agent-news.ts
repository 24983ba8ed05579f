import type { PageContext } from '../../request-context.ts';
import { currentUser } from '../page.ts';
import type { Summary } from './gather-news.ts';
import type { News } from './member-news.ts';

const ARRIVAL = /"action":"(?:[A-Z]+_(?:REQUESTED|APPROVED))"/;
const REGISTRATION = '"action":"USER_REGISTERED"';
const DECISION = /"action":"(?:[A-Z]+_(?:POSTED|REJECTED|CANCELLED|EXPIRED|OPENED|RENEWED|CLOSED|CHANGED))"/;

/** Sums up the arrivals in the agents' inbox. */
export function agentSummary(ctx: PageContext, countWaiting: () => Promise<number | null>): Summary {
  const own = `"actor":{"id":"${currentUser(ctx).id}"`;
  let requests = 0;
  let registrations = 0;
  return {
    note(entry) {
      const [isArrival, isRegistration] = [ARRIVAL.test(entry), entry.includes(REGISTRATION)];
      if (!isArrival && !isRegistration && !DECISION.test(entry)) return false;
      // What agents did themselves, in another tab, only changes the counts.
      if (!entry.includes(own)) {
        if (isArrival) requests += 1;
        if (isRegistration) registrations += 1;
      }
      return true;
    },
    takeNews() {
      const news = arrivalNews(ctx, { requests, registrations });
      requests = 0;
      registrations = 0;
      return news;
    },
    countWaiting,
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
