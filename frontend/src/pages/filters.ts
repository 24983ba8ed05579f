import type { Query } from '../clients/call.ts';
import type { PageContext } from '../request-context.ts';

/**
 * The filters of a list, as they stand in the address: only those named, and of each the first value, so that what
 * somebody adds to the address by hand does not reach a service that would refuse it.
 */
export function readFilters(ctx: PageContext, ...names: string[]): Record<string, string> {
  const filters: Record<string, string> = {};
  for (const name of names) {
    const given = ctx.query[name];
    const value = (Array.isArray(given) ? given[0] : given)?.trim();
    if (value !== undefined && value !== '') filters[name] = value;
  }
  return filters;
}

/** The address of a list as it is filtered. */
export function filteredHref(path: string, filters: Query): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) {
    if (value !== undefined && value !== null) query.set(name, String(value));
  }
  return query.size === 0 ? path : `${path}?${query}`;
}

/** The address of the page that follows, or null at the end. */
export function nextHref(path: string, filters: Query, next: string | null): string | null {
  return next === null ? null : filteredHref(path, { ...filters, cursor: next });
}
