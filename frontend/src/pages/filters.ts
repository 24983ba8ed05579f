import { type Query, withQuery } from '../clients/call.ts';
import type { PageContext } from '../request-context.ts';

/**
 * The filters of a list from the URL: only the named ones, and the first value of each, so that parameters a user adds by
 * hand don't reach a service that would refuse them.
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

/** The URL of the next page, or null at the end. */
export function nextHref(path: string, filters: Query, next: string | null): string | null {
  return next === null ? null : withQuery(path, { ...filters, cursor: next });
}
