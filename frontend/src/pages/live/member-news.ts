import type { Operation } from '@guichet/contract/accounts';
import type { LogEntry } from '@guichet/contract/logging';
import type { PageContext } from '../../request-context.ts';
import { currentUser } from '../page.ts';

/** What a toast says, and where it leads. */
export interface News {
  kind: 'success' | 'refusal' | 'info';
  text: string;
  href: string;
  /** It happened a while ago, before this page was connected: the bell counts it, but no toast interrupts for it. */
  isLate: boolean;
}

const LATE_AFTER_MS = 120_000;

const KINDS: Record<string, News['kind']> = {
  posted: 'success',
  approved: 'info',
  rejected: 'refusal',
  expired: 'refusal',
};
const TRANSFERS = ['internal_transfer', 'external_transfer'];

/** Loads an operation as the user; null if it isn't theirs. */
export type FindOperation = (id: string) => Promise<Operation | null>;

/**
 * The news in a log entry that the member may read: a decision on their request, or money that they received. Null if it is neither, or if they
 * did it themselves.
 */
export async function memberNews(
  ctx: PageContext,
  entry: LogEntry,
  findOperation: FindOperation,
): Promise<News | null> {
  const user = currentUser(ctx);
  const { subject, data } = entry;
  const isLate = Date.now() - Date.parse(entry.time) > LATE_AFTER_MS;
  const kind = KINDS[String(data.status)];
  if (subject?.type !== 'operation' || kind === undefined || entry.actor?.id === user.id) return null;
  const operation = await findOperation(subject.id);
  const type = String(data.type);
  if (operation?.requester.id === user.id) {
    const what = describe(ctx, type, data);
    return {
      kind,
      text: say(ctx, `live.${data.status}`, { what }),
      href: `/operations/${subject.id}`,
      isLate,
    };
  }
  if (data.status !== 'posted') return null;
  if (operation === null && TRANSFERS.includes(type)) {
    return {
      kind: 'success',
      text: say(ctx, 'live.received', { amount: amountOf(ctx, data) }),
      href: '/dashboard',
      isLate,
    };
  }
  return {
    kind: 'info',
    text: say(ctx, 'live.changed', { what: describe(ctx, type, data) }),
    href: '/dashboard',
    isLate,
  };
}

function describe(ctx: PageContext, type: string, data: LogEntry['data']): string {
  const { views, locale } = ctx.state;
  const what = views.t(locale, `operation_types.${type}`, type);
  const amount = amountOf(ctx, data);
  return amount === '' ? what : say(ctx, 'live.what', { what, amount });
}

function amountOf(ctx: PageContext, { amount, currency }: LogEntry['data']): string {
  if (typeof amount !== 'number' || typeof currency !== 'string') return '';
  return ctx.state.views.formatsOf(ctx.state.locale).money(amount, currency);
}

function say(ctx: PageContext, key: string, values: Record<string, unknown>): string {
  return ctx.state.views.t(ctx.state.locale, key, key, values);
}
