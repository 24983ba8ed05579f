import type { PageContext } from '../../request-context.ts';
import type { ReadMark } from '../../session/read-marks.ts';
import { WAITING_REGISTRATIONS } from '../inbox/waiting-registrations.ts';

/** As many as auth lists at once. */
const REGISTRATIONS_MAX = 200;

/** What has arrived in the agent's inbox since they last read, and still waits. */
export async function loadArrivals(
  ctx: PageContext,
  { atMs }: ReadMark,
): Promise<{ requests: number; registrations: number }> {
  const { accounts, auth } = ctx.state.api;
  const from = new Date(atMs).toISOString();
  const [inbox, waiting] = await Promise.all([
    accounts.inbox({ tab: 'mine', from, limit: 1 }),
    auth.users({ ...WAITING_REGISTRATIONS, limit: REGISTRATIONS_MAX }),
  ]);
  const isNew = ({ created_at: at }: { created_at: string }): boolean => Date.parse(at) > atMs;
  return { requests: inbox.total, registrations: waiting.items.filter(isNew).length };
}
