import type { LogEntry } from '@guichet/contract/logging';
import type { PageContext } from '../../request-context.ts';
import type { Summary } from './gather-news.ts';
import type { News } from './member-news.ts';

/** Agents and superusers confirm their address by accepting their invitation, once. */
export const ACCEPTANCE = 'EMAIL_CONFIRMED';
const ACCEPTED = `"action":"${ACCEPTANCE}"`;
const PROBLEM = '"level":"ERROR"';
/** Actions of the superuser or of a service on the staff or on the services: no news, but they change the pages. */
const CHANGE = /"action":"(?:AGENT_[A-Z_]+|SUPERUSER_CREATED|USER_[A-Z_]+|SERVICE_WARNING)"/;

/** Sums up the invitations that staff accepted, and the problems that services report. */
export function superuserSummary(ctx: PageContext): Summary {
  let accepted: LogEntry[] = [];
  let problems = 0;
  return {
    note(entry) {
      const acceptance = entry.includes(ACCEPTED) ? (JSON.parse(entry) as LogEntry) : null;
      const isAcceptance = acceptance !== null && isByStaff(acceptance);
      if (isAcceptance) accepted.push(acceptance);
      else if (entry.includes(PROBLEM)) problems += 1;
      else return CHANGE.test(entry);
      return true;
    },
    takeNews() {
      const news = [...accepted.map((entry) => acceptedNews(ctx, entry)), ...problemNews(ctx, problems)];
      accepted = [];
      problems = 0;
      return news;
    },
    countWaiting: null,
  };
}

export const isByStaff = ({ actor }: LogEntry): boolean => actor !== null && actor.role !== 'member';

export function acceptedNews(ctx: PageContext, { actor }: LogEntry): News {
  const { views, locale } = ctx.state;
  const text = views.t(locale, 'live.accepted', 'live.accepted', { name: actor?.username ?? '–' });
  return { kind: 'success', text, href: `/agents/${actor?.id}`, count: 1, isLate: false };
}

export function problemNews(ctx: PageContext, count: number): News[] {
  if (count === 0) return [];
  const { views, locale } = ctx.state;
  const text = views.t(locale, 'live.problems', 'live.problems', { count });
  return [{ kind: 'refusal', text, href: '/logs?level=ERROR', count, isLate: false }];
}
