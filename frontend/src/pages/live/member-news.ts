import type { Operation } from '@guichet/contract/accounts';
import type { LogEntry } from '@guichet/contract/logging';
import type { PageContext } from '../../request-context.ts';
import { eventIn } from '../logs/sentence.ts';
import { currentUser } from '../page.ts';

/** What a toast says, and where it leads. */
export interface News {
  kind: 'success' | 'refusal' | 'info';
  text: string;
  href: string;
  /** How many things it sums up, which the bell counts. */
  count: number;
  /** It happened a while ago, before this page was connected: the bell counts it, but no toast interrupts for it. */
  isLate: boolean;
}

const LATE_AFTER_MS = 120_000;

const KINDS: Record<string, News['kind']> = {
  posted: 'success',
  executed: 'success',
  approved: 'info',
  scheduled: 'info',
  rejected: 'refusal',
  expired: 'refusal',
  postponed: 'refusal',
  failed: 'refusal',
};
/** What happens to a standing order without its customer, by the action; each has a text under `live`. */
const ORDER_NEWS: Readonly<Record<string, string>> = {
  STANDING_ORDER_SKIPPED: 'order_skipped',
  STANDING_ORDER_SUSPENDED: 'order_suspended',
};
const TRANSFERS = ['internal_transfer', 'external_transfer', 'incoming_payment', 'suspense_assignment'];

/** Loads an operation as the user; null if it isn't theirs. @throws Problem while accounts is down */
export type FindOperation = (id: string) => Promise<Operation | null>;

/**
 * The news in a log entry that the member may read: a decision on their request, a payment of their standing order that was not made, or money that they received. Null if it is neither, or if they
 * did it themselves.
 */
export async function memberNews(
  ctx: PageContext,
  entry: LogEntry,
  findOperation: FindOperation,
): Promise<News | null> {
  if (!concernsOperation(ctx, entry)) return null;
  const user = currentUser(ctx);
  const { subject, data } = entry;
  const isLate = Date.now() - Date.parse(entry.time) > LATE_AFTER_MS;
  const operation = await findOperation(subject.id);
  const type = String(data.type);
  const aboutOrder = ORDER_NEWS[entry.action];
  if (aboutOrder !== undefined) {
    return {
      kind: 'refusal',
      text: say(ctx, `live.${aboutOrder}`, { what: describe(ctx, type, data) }),
      href: `/standing-orders/${subject.id}`,
      count: 1,
      isLate,
    };
  }
  if (operation?.requester.id === user.id) {
    const what = describe(ctx, type, data);
    const event = eventIn(entry, String(data.status));
    // A moment later it's executed, or postponed.
    if (event === 'payment') return null;
    return {
      kind: KINDS[event] ?? 'info',
      text: say(ctx, `live.${event}`, { what }),
      href: `/operations/${subject.id}`,
      count: 1,
      isLate,
    };
  }
  if (data.status !== 'posted') return null;
  if (operation === null && TRANSFERS.includes(type)) {
    return {
      kind: 'success',
      text: say(ctx, 'live.received', { amount: amountOf(ctx, data) }),
      href: '/dashboard',
      count: 1,
      isLate,
    };
  }
  return {
    kind: 'info',
    text: say(ctx, 'live.changed', { what: describe(ctx, type, data) }),
    href: '/dashboard',
    count: 1,
    isLate,
  };
}

/** Whether an entry is about an operation that another user, or the bank, has decided. */
export function concernsOperation(
  ctx: PageContext,
  entry: LogEntry,
): entry is LogEntry & { subject: NonNullable<LogEntry['subject']> } {
  const isDecided =
    Object.hasOwn(KINDS, String(entry.data.status)) || Object.hasOwn(ORDER_NEWS, entry.action);
  return entry.subject?.type === 'operation' && isDecided && entry.actor?.id !== currentUser(ctx).id;
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
