import { OPERATION_KINDS } from '@guichet/contract';
import { INBOX_ORDERS } from '@guichet/contract/accounts';
import { CURRENCIES, parseMoney } from '@guichet/money';
import { type Query, withQuery } from '../../clients/call.ts';
import type { PageContext } from '../../request-context.ts';
import { asDraftId, newDraftId } from '../../session/drafts.ts';
import { readFilters } from '../filters.ts';
import { emptyForm } from '../form.ts';
import { currentUser } from '../page.ts';

export const TABS = ['mine', 'second_agent', 'registrations'] as const;
export type Tab = (typeof TABS)[number];

/** How long a request has waited at least, in days. */
export const AGES = ['1', '3', '7'] as const;
export const ORDERS = INBOX_ORDERS;
export const CURRENCY_CODES = Object.keys(CURRENCIES);
const DAY_MS = 86_400_000;

/** What an agent chose to see in the inbox. It travels in addresses, so that the list, a request and the next one agree. */
export interface InboxList {
  tab: Tab;
  /** For links: only what was chosen, and never a search text. */
  params: Record<string, string>;
  /** What was searched for. */
  q: string | null;
  /** Whether the address names a search that is no longer kept. */
  isSearchLost: boolean;
  /** Catalog keys under `errors`, by filter. */
  errors: Record<string, string>;
  /** For accounts. */
  query: Query;
}

const NAMES = ['tab', 'type', 'currency', 'min', 'max', 'age', 'order', 'search'] as const;

/** Reads the list from the address. What it does not know is left out, so that no edited address is refused by a service. */
export async function readInboxList(ctx: PageContext, now = new Date()): Promise<InboxList> {
  const given = readFilters(ctx, ...NAMES);
  const params: Record<string, string> = {};
  const keep = <Value extends string>(name: string, values: readonly Value[]): Value | undefined => {
    const value = values.find((one) => one === given[name]);
    if (value !== undefined) params[name] = value;
    return value;
  };
  const tab = keep('tab', TABS) ?? 'mine';
  const type = keep('type', OPERATION_KINDS);
  const currency = keep('currency', CURRENCY_CODES);
  const age = keep('age', AGES);
  const order = keep('order', ORDERS) ?? 'oldest';
  const errors: Record<string, string> = {};
  const amount = (name: 'min' | 'max'): string | undefined => {
    const typed = given[name];
    if (typed === undefined) return undefined;
    params[name] = typed;
    const minor = parseMoney(typed, currency ?? 'EUR');
    if (minor !== null) return String(minor);
    errors[name] = 'amount_unclear';
    return undefined;
  };
  const [min, max] = [amount('min'), amount('max')];
  const search = asDraftId(given.search);
  const q = search === null ? null : await findSearch(ctx, search);
  if (search !== null && q !== null) params.search = search;
  return {
    tab,
    params,
    q,
    isSearchLost: given.search !== undefined && q === null,
    errors,
    query: {
      tab: tab === 'registrations' ? undefined : tab,
      type,
      currency,
      min_amount: min,
      max_amount: max,
      to: age === undefined ? undefined : new Date(now.getTime() - Number(age) * DAY_MS).toISOString(),
      q,
      order,
    },
  };
}

/** The address of the list, or of another page that leads back to it. */
export function listHref(
  { params }: Pick<InboxList, 'params'>,
  changes: Query = {},
  path = '/inbox',
): string {
  return withQuery(path, { ...params, ...changes });
}

/** Keeps what was searched for in this browser: names and account numbers never get into an address. Returns the id for the address. */
export async function keepSearch(ctx: PageContext, text: string): Promise<string> {
  const id = newDraftId();
  const { id: user } = currentUser(ctx);
  const { idempotencyKey: key } = emptyForm();
  await ctx.state.drafts.keep(id, {
    user,
    action: SEARCH,
    key,
    fields: [['q', text]],
    errors: {},
    refusal: null,
    step: 'form',
    done: null,
  });
  return id;
}

const SEARCH = '/inbox/search';

async function findSearch(ctx: PageContext, id: string): Promise<string | null> {
  const draft = await ctx.state.drafts.find(id, currentUser(ctx).id);
  return draft?.action === SEARCH ? (draft.fields[0]?.[1] ?? null) : null;
}

/** The list that a page outside the inbox was opened from, for its links. */
export function inboxContext(ctx: PageContext, { params }: Pick<InboxList, 'params'>) {
  return {
    back: listHref({ params }),
    action: (path: string) => listHref({ params }, {}, path),
    skip: listHref({ params }, { after: ctx.params.id }, '/inbox/next'),
  };
}
