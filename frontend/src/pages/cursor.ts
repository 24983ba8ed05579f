import type { PageContext } from '../request-context.ts';

/** Where a page of a list begins, from the URL; undefined at its start. The service checks it. */
export function cursorOf({ query: { cursor } }: PageContext): string | undefined {
  return typeof cursor === 'string' && cursor !== '' ? cursor : undefined;
}
