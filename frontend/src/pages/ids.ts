import { Id } from '@guichet/contract';
import { problems } from '@guichet/errors';
import type { PageContext } from '../request-context.ts';

/** An id from the path. A malformed one never gets into the URL of a service. @throws not_found */
export function idParam(ctx: PageContext, name = 'id'): string {
  const id = idOrNull(ctx.params[name]);
  if (id === null) throw problems.not_found();
  return id;
}

/** An id from a form or the URL, or null if it is malformed. */
export function idOrNull(value: string | null | undefined): string | null {
  return Id.safeParse(value).data ?? null;
}
