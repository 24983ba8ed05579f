import { LENGTHS } from '@guichet/contract';
import { type Query, withQuery } from '../../clients/call.ts';
import type { PageContext } from '../../request-context.ts';
import { type FilterName, filtersOf, type ListName } from './filters.ts';

type Values<Name extends ListName> = { readonly [Filter in FilterName<Name>]?: string };
type Changes<Name extends ListName> = { readonly [Filter in FilterName<Name>]?: string | undefined };

/** A list as the address describes it: its filters, and the addresses that keep them. */
export interface OpenList<Name extends ListName = ListName> {
  values: Values<Name>;
  cursor: string | undefined;
  /** How many rows to load: more than a page after the script has added some and the page is loaded again. */
  limit: number;
  /** Whether the address has a search that can no longer be opened. A notice says so. */
  isLost: boolean;
  /** The address of the list, or of another page that keeps its filters, with some of them changed; `undefined` removes one. */
  href(changes?: Changes<Name>, path?: string, more?: Query): string;
  /** The address of the page after this one. */
  nextHref(next: string | null | undefined): string | null;
}

/** The parameter with the sealed values. */
const SEALED = 'search';
const LOST = { kind: 'info', key: 'notices.search_lost' } as const;

/** Reads the list `name` from the address, for its page at `path`. What an address may not contain is ignored. */
export function openList<Name extends ListName>(
  ctx: PageContext,
  name: Name,
  path = ctx.path,
  user = ctx.state.session.user?.id,
): OpenList<Name> {
  const sealed = first(ctx.query[SEALED]);
  const typed = sealed === '' ? {} : user === undefined ? null : ctx.state.searches.open(user, name, sealed);
  const values: Record<string, string> = {};
  for (const [filter, { mayBeRead, isTyped }] of Object.entries(filtersOf(name))) {
    const given = first(ctx.query[filter]);
    const value = mayBeRead(given) ? given : (isTyped && typed?.[filter]) || '';
    if (value !== '') values[filter] = value;
  }
  if (typed === null) addLostNotice(ctx);
  const href = (changes: object = {}, at = path, more: Query = {}): string =>
    addressOf(ctx, name, { ...values, ...changes }, at, more, user);
  return {
    values: values as Values<Name>,
    cursor: first(ctx.query.cursor) || undefined,
    limit: limitOf(first(ctx.query.rows)),
    isLost: typed === null,
    href,
    nextHref: (next) => (next ? href({}, path, { cursor: next }) : null),
  };
}

/** The address of a list at `path` with these filters. */
export function addressOf(
  ctx: PageContext,
  name: ListName,
  values: Readonly<Record<string, string | undefined>>,
  path: string,
  more: Query = {},
  user = ctx.state.session.user?.id,
): string {
  const readable: Record<string, string> = {};
  const typed: Record<string, string> = {};
  for (const [filter, { mayBeRead, isTyped }] of Object.entries(filtersOf(name))) {
    const value = values[filter]?.trim().slice(0, LENGTHS.search) ?? '';
    if (mayBeRead(value)) readable[filter] = value;
    else if (isTyped && value !== '') typed[filter] = value;
  }
  return withQuery(path, { ...readable, [SEALED]: sealOnce(ctx, name, typed, user), ...more });
}

/** The address of a list after its search form was sent: the form's fields replace those filters, the others stay. */
export function searchedAddress(ctx: PageContext, name: ListName, user?: string): string {
  const { values } = openList(ctx, name, ctx.path, user);
  const given = Object.entries(filtersOf(name)).flatMap(([filter, { fromField }]) => {
    const value = ctx.state.form.get(filter);
    if (value === null) return [];
    return [[filter, fromField?.(value, ctx.state.views.calendar) ?? value] as const];
  });
  return addressOf(ctx, name, { ...values, ...Object.fromEntries(given) }, ctx.path, {}, user);
}

/** A page has many links with the same search, and one that is sealed once is also compressed. */
function sealOnce(
  ctx: PageContext,
  name: ListName,
  typed: Record<string, string>,
  user: string | undefined,
): string | undefined {
  if (user === undefined || Object.keys(typed).length === 0) return undefined;
  const key = JSON.stringify([user, name, typed]);
  const sealed = ctx.state.sealed.get(key) ?? ctx.state.searches.seal(user, name, typed);
  ctx.state.sealed.set(key, sealed);
  return sealed;
}

/** Says once that the search is lost: on this page, or on the one that a form leads to. */
function addLostNotice(ctx: PageContext): void {
  const { state } = ctx;
  if (ctx.method === 'POST') {
    state.session.notices = [...(state.session.notices ?? []), LOST];
    state.sessionChanged = true;
  } else if (!state.notices.includes(LOST)) {
    state.notices = [...state.notices, LOST];
  }
}

const PAGE_ROWS = 50;
/** The longest page that the services return. */
const ROWS_MAX = 200;

function limitOf(rows: string): number {
  return /^\d{1,4}$/.test(rows) ? Math.min(Math.max(Number(rows), PAGE_ROWS), ROWS_MAX) : PAGE_ROWS;
}

function first(given: string | string[] | undefined): string {
  return ((Array.isArray(given) ? given[0] : given) ?? '').trim();
}
