import type { Operation } from '@guichet/contract/accounts';
import { Problem } from '@guichet/errors';
import type { PageContext } from '../../request-context.ts';
import { idOrNull } from '../ids.ts';

/** The operation that the address names for repeating (`?repeat=`); null if it names none of the user's. */
export async function findRepeated(ctx: PageContext): Promise<Operation | null> {
  const id = idOrNull(typeof ctx.query.repeat === 'string' ? ctx.query.repeat : null);
  if (id === null) return null;
  return ctx.state.api.accounts.operation(id).catch((error: unknown) => {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  });
}
