import { orderDates, orderDatesFrom, orderNumberFrom } from '@guichet/calendar';
import type { Account, Operation, StandingOrder } from '@guichet/contract/accounts';
import { Problem } from '@guichet/errors';
import type { PageContext } from '../../request-context.ts';
import { idOrNull } from '../ids.ts';
import { findRepeated } from '../operations/find-repeated.ts';
import { settle } from '../settle.ts';
import { choicesFor } from '../standing-orders/rules.ts';
import { type KnownPayee, knownPayees } from './known-payees.ts';

export interface Choices {
  /** The user's open accounts. */
  accounts: Account[];
  /** All the payees that can be chosen. */
  payees: KnownPayee[];
  recent: KnownPayee[];
  others: KnownPayee[];
}

/** What the transfer form offers. The latest transfers show who was paid recently. */
export async function loadChoices(ctx: PageContext): Promise<Choices> {
  const { accounts } = ctx.state.api;
  const [mine, saved, transfers] = await Promise.all([
    accounts.list({ status: 'open', limit: 200 }),
    settle(ctx, 'payees', accounts.beneficiaries()),
    settle(ctx, 'payees', accounts.operations({ type: 'external_transfer', limit: 50 })),
  ]);
  const { recent, others } = knownPayees(transfers?.items ?? [], saved?.items ?? []);
  return { accounts: mine.items, payees: [...recent, ...others], recent, others };
}

/** The values of the transfer that the address names for repeating; null if it names none of the user's. */
export async function valuesToRepeat(ctx: PageContext): Promise<Record<string, string> | null> {
  const operation = await findRepeated(ctx);
  if (operation === null) return null;
  const payee = payeeValues(operation);
  if (payee === null) return null;
  const { typedAmount } = ctx.state.views.formatsOf(ctx.state.locale);
  return {
    ...payee,
    from_account_id: operation.from_account_id ?? '',
    amount: typedAmount(operation.amount, operation.currency ?? undefined),
    reference: operation.reference ?? '',
  };
}

/** The values of the standing order that the address names for changing (`?replaces=`); null if it names none that goes on. */
export async function valuesToReplace(ctx: PageContext): Promise<Record<string, string> | null> {
  const id = idOrNull(typeof ctx.query.replaces === 'string' ? ctx.query.replaces : null);
  if (id === null) return null;
  const order = await ctx.state.api.accounts.standingOrder(id).catch((error: unknown) => {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  });
  if (order === null || !choicesFor(order).change) return null;
  const { typedAmount } = ctx.state.views.formatsOf(ctx.state.locale);
  const { first } = orderDates(ctx.state.views.calendar.dateOf(new Date()));
  return {
    ...(order.to === null
      ? { kind: 'internal', to_account_id: order.to_account_id ?? '' }
      : { kind: 'external', payee_name: order.to.name ?? '', payee_number: order.to.iban }),
    from_account_id: order.from_account_id,
    amount: typedAmount(order.amount, order.currency),
    reference: order.reference ?? '',
    every: order.every,
    execute_on: nextDateFrom(order, first),
    last_on: order.last_on ?? '',
    replaces: id,
  };
}

/** Its first date that is not before a day, also while it's paused; empty if it has no date left. */
function nextDateFrom(order: StandingOrder, day: string): string {
  const dates = { every: order.every, firstOn: order.first_on, lastOn: order.last_on };
  return orderDatesFrom(dates, orderNumberFrom(dates, day), 1)[0] ?? '';
}

/**
 * The transfer of all the money of the account that the address names for emptying (`?empty=`), to another one of the user's if there is one;
 * null if it names none. An overdraft is not the customer's money.
 */
export async function valuesToEmpty(ctx: PageContext): Promise<Record<string, string> | null> {
  const id = idOrNull(typeof ctx.query.empty === 'string' ? ctx.query.empty : null);
  if (id === null) return null;
  const { items: mine } = await ctx.state.api.accounts.list({ status: 'open', limit: 200 });
  const from = mine.find((account) => account.id === id);
  if (from === undefined) return null;
  const targets = mine.filter((account) => account !== from && account.currency === from.currency);
  const { typedAmount } = ctx.state.views.formatsOf(ctx.state.locale);
  const movableMinor = from.balance - from.held;
  return {
    kind: targets.length > 0 ? 'internal' : 'external',
    from_account_id: id,
    to_account_id: targets.length === 1 ? (targets[0]?.id ?? '') : '',
    amount: movableMinor > 0 ? typedAmount(movableMinor, from.currency) : '',
  };
}

function payeeValues({ type, to_account_id: toAccount, to }: Operation): Record<string, string> | null {
  if (type === 'internal_transfer') return { kind: 'internal', to_account_id: toAccount ?? '' };
  if (type !== 'external_transfer') return null;
  return { kind: 'external', payee_name: to?.name ?? '', payee_number: to?.iban ?? '' };
}
