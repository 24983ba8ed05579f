import type { LogEntry } from '@guichet/contract/logging';
import type { PageContext } from '../../request-context.ts';
import { currentUser } from '../page.ts';
import { settle } from '../settle.ts';

/**
 * For each entry, whether the user may open its subject: agents may open everything, the superuser no account and no operation, members only
 * their own. A payment that a member received is in their log, but its operation belongs to the sender.
 */
export async function canOpen(ctx: PageContext, entries: readonly LogEntry[]): Promise<boolean[]> {
  const user = currentUser(ctx);
  if (user.role !== 'member') return entries.map(() => user.role === 'agent');
  const asked = entries.some((entry) => isOperation(entry) && entry.actor?.id !== user.id);
  const page = asked
    ? await settle(ctx, 'requests', ctx.state.api.accounts.operations({ limit: 200 }))
    : null;
  const own = new Set(page?.items.map(({ id }) => id));
  return entries.map(
    (entry) => !isOperation(entry) || entry.actor?.id === user.id || own.has(entry.subject?.id ?? ''),
  );
}

const isOperation = ({ subject }: LogEntry): boolean => subject?.type === 'operation';
