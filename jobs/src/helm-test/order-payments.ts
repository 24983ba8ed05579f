import type { Operation, StandingOrder } from '@guichet/contract/accounts';
import type { ApiClient } from '../demo/client.ts';
import type { Staff } from './staff.ts';
import type { UndoList } from './undo.ts';

/** No payment is due before the test has ended the order, also if the test is stopped for some weeks. */
const FIRST_IN_DAYS = 60;
const NEXT_DATES = 5;

/** A customer requests a standing order, which an agent approves; it's listed with its next dates, and the customer ends it. */
export async function orderPayments(
  { staff, undo, say }: { staff: Staff; undo: UndoList; say: (text: string) => void },
  {
    client,
    from,
    to,
    amountMinor,
  }: {
    client: ApiClient;
    from: { id: string };
    to: { owner_name: string; iban: string | null };
    amountMinor: number;
  },
): Promise<void> {
  const firstOn = new Date(Date.now() + FIRST_IN_DAYS * 86_400_000).toISOString().slice(0, 10);
  const requested = await client.post<Operation>('/api/standing-orders', {
    from_account_id: from.id,
    to: { name: to.owner_name, iban: to.iban },
    amount: amountMinor,
    every: 'month',
    first_on: firstOn,
  });
  const path = `/api/standing-orders/${requested.id}`;
  undo.add('end the standing order', () => client.delete(path));
  await staff.approve(requested);
  const { items } = await client.get<{ items: StandingOrder[] }>(`/api/standing-orders?account=${from.id}`);
  const order = items.find(({ id }) => id === requested.id);
  const dates = order?.next_dates ?? [];
  if (order?.status !== 'active' || dates[0] !== firstOn || dates.length !== NEXT_DATES)
    throw new Error(`the standing order is ${order?.status ?? 'not listed'}, next on ${dates.join(', ')}`);
  say(`a standing order is active, and listed with its next ${NEXT_DATES} dates`);
  await client.delete(path);
  const ended = await client.get<StandingOrder>(path);
  if (ended.status !== 'ended' || ended.next_dates.length > 0)
    throw new Error(`the standing order is ${ended.status} after its end`);
  say('its customer has ended it');
}
