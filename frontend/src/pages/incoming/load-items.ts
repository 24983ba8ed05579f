import { INCOMING_STATUSES } from '@guichet/contract';
import type { PageContext } from '../../request-context.ts';
import { cursorOf } from '../cursor.ts';
import { settle } from '../settle.ts';

const ITEMS_SHOWN = 50;

/** The payments of a file for the page of its operation: those with the status that the address names. */
export async function loadItems(ctx: PageContext, operation: { id: string; file: unknown }) {
  if (operation.file == null) return null;
  const status = INCOMING_STATUSES.find((one) => one === ctx.query.items);
  const page = await settle(
    ctx,
    'requests',
    ctx.state.api.accounts.fileItems(operation.id, { status, limit: ITEMS_SHOWN, cursor: cursorOf(ctx) }),
  );
  return { status: status ?? null, statuses: INCOMING_STATUSES, page };
}
