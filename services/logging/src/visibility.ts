import { queryOnce } from '@guichet/database';
import { problems } from '@guichet/errors';
import type { Handling } from '@guichet/http';
import type { Caller } from '@guichet/tokens';
import type { Deps } from './deps.ts';
import { type FilterQuery, type LogFilter, toFilter } from './entries/filter.ts';
import { findByUsername } from './people/store.ts';

type FilteredRequest = Pick<Handling<unknown, FilterQuery>, 'query' | 'caller' | 'route' | 'correlationId'>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Is in no entry: filtering by an unknown username finds nothing. */
const UNKNOWN_USER_ID = '-';

/** Whether the caller may read every entry of the bank. */
function readsAll(caller: Pick<Caller, 'role'>): boolean {
  return caller.role === 'agent' || caller.role === 'superuser';
}

/**
 * The filter of a caller's query: a member only finds entries that they may read.
 * @throws Problem forbidden if a member names another user
 */
export async function filterFor(
  deps: Pick<Deps, 'db' | 'calendar' | 'recordDenial'>,
  request: FilteredRequest,
): Promise<LogFilter> {
  const { caller, query } = request;
  return toFilter(query, deps.calendar, {
    visibleTo: readsAll(caller) ? null : caller.userId,
    namedUser: await resolveUser(deps, request, query.user),
    actor: await resolveUser(deps, request, query.actor),
    concernedUser: await resolveUser(deps, request, query.concerns),
  });
}

/**
 * Refuses callers who may not read all entries.
 * @throws Problem forbidden
 */
export async function requireStaff(
  deps: Pick<Deps, 'recordDenial'>,
  request: Omit<FilteredRequest, 'query'>,
): Promise<void> {
  if (readsAll(request.caller)) return;
  await logDenial(deps, request);
  throw problems.forbidden();
}

async function resolveUser(
  deps: Pick<Deps, 'db' | 'recordDenial'>,
  request: FilteredRequest,
  named: string | undefined,
): Promise<string | null> {
  if (named === undefined) return null;
  const { caller } = request;
  const name = named.toLowerCase();
  if (name === caller.userId || name === caller.username.toLowerCase()) return caller.userId;
  if (!readsAll(caller)) {
    await logDenial(deps, request);
    throw problems.forbidden('Members can only read their own entries');
  }
  if (UUID.test(name)) return name;
  return (await queryOnce(deps.db, findByUsername(name))) ?? UNKNOWN_USER_ID;
}

async function logDenial(
  deps: Pick<Deps, 'recordDenial'>,
  { caller, route, correlationId }: Omit<FilteredRequest, 'query'>,
) {
  const [method = '', path = ''] = route.split(' ');
  await deps.recordDenial(caller, { method, route: path, correlationId });
}
