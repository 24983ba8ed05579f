import { problems } from '@guichet/errors';
import type { PageContext } from '../request-context.ts';

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** An id from the path. A malformed one never gets into the URL of a service. @throws not_found */
export function idParam(ctx: PageContext, name = 'id'): string {
  const id = ctx.params[name] ?? '';
  if (!ID.test(id)) throw problems.not_found();
  return id;
}

/** An id from a form or the URL, or null if it is malformed. */
export function idOrNull(value: string | null | undefined): string | null {
  return typeof value === 'string' && ID.test(value) ? value : null;
}
