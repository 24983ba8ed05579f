import { queryOnce } from '@guichet/database';
import { problems } from '@guichet/errors';
import type { Handling } from '@guichet/http';
import type { Caller } from '@guichet/tokens';
import type { Deps } from './deps.ts';
import { type FilterQuery, type LogFilter, toFilter } from './entries/filter.ts';
import { findByUsername } from './people/store.ts';

type Asking = Pick<Handling<unknown, FilterQuery>, 'query' | 'caller' | 'route' | 'correlationId'>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Stands in no entry: a name that nobody bears lets nothing through. */
const NOBODY = '-';

/** Whether the caller may read every entry of the bank. */
function readsAll(caller: Pick<Caller, 'role'>): boolean {
  return caller.role === 'agent' || caller.role === 'superuser';
}

/**
 * The filter that a caller's query comes to: a member's is held to what they may read.
 * @throws Problem `forbidden` where a member names somebody else
 */
export async function filterFor(
  deps: Pick<Deps, 'db' | 'calendar' | 'recordDenial'>,
  asking: Asking,
): Promise<LogFilter> {
  const { caller, query } = asking;
  return toFilter(query, deps.calendar, {
    visibleTo: readsAll(caller) ? null : caller.userId,
    namedUser: await resolvePerson(deps, asking, query.user),
    concernedUser: await resolvePerson(deps, asking, query.concerns),
  });
}

/**
 * Lets only those pass who may read all.
 * @throws Problem `forbidden`
 */
export async function requireStaff(
  deps: Pick<Deps, 'recordDenial'>,
  asking: Omit<Asking, 'query'>,
): Promise<void> {
  if (readsAll(asking.caller)) return;
  await denied(deps, asking);
  throw problems.forbidden();
}

async function resolvePerson(
  deps: Pick<Deps, 'db' | 'recordDenial'>,
  asking: Asking,
  named: string | undefined,
): Promise<string | null> {
  if (named === undefined) return null;
  const { caller } = asking;
  const name = named.toLowerCase();
  if (name === caller.userId || name === caller.username.toLowerCase()) return caller.userId;
  if (!readsAll(caller)) {
    await denied(deps, asking);
    throw problems.forbidden('Members can only read their own entries');
  }
  if (UUID.test(name)) return name;
  return (await queryOnce(deps.db, findByUsername(name))) ?? NOBODY;
}

async function denied(
  deps: Pick<Deps, 'recordDenial'>,
  { caller, route, correlationId }: Omit<Asking, 'query'>,
) {
  const [method = '', path = ''] = route.split(' ');
  await deps.recordDenial(caller, { method, route: path, correlationId });
}
