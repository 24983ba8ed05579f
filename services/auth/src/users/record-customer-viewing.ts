import { sentence } from '@guichet/contract/events';
import type { Caller } from '@guichet/tokens';
import { recordViewing } from '@guichet/viewings';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import type { UserRow } from './store.ts';

/** Logs that an employee opens the page of a customer, as `recordViewing` does. A colleague's page is not about a customer. */
export async function recordCustomerViewing(
  deps: Deps,
  user: UserRow,
  { caller, origin, isPassive }: { caller: Caller; origin: Origin; isPassive: boolean },
): Promise<void> {
  if (user.role !== 'member') return;
  const now = deps.clock();
  const viewing = { subjectId: user.id, readerId: caller.userId, now, isPassive };
  const logged = () =>
    actionLogged(now, origin, {
      action: 'CUSTOMER_VIEWED',
      actor: actorOf(caller),
      // The customer may not learn who looks at their page.
      subject: { type: 'customer_record', id: user.id },
      concerns: [],
      sentence: sentence`${nameOf(caller)} opened the page of ${nameOf(user)}.`,
      data: {},
    });
  if (await recordViewing(deps.db, viewing, logged)) deps.wakeRelay();
}
