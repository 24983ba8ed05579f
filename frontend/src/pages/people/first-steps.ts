import type { PageContext } from '../../request-context.ts';
import { settle } from '../settle.ts';

/** What the services know about a bank that may still be empty. */
export interface BankFacts {
  activeAgents: number;
  customers: number;
  activeCustomers: number;
  /** How often each action happened since the bank was opened. */
  actions: Readonly<Record<string, number>>;
}

export interface FirstStep {
  /** A key under `first_steps`. */
  name: 'agents' | 'customer' | 'activation' | 'account' | 'decision';
  state: 'done' | 'waiting' | 'ahead';
  href: string;
}

/** Large amounts need two agents, and agents can't decide their own requests. */
const AGENTS_NEEDED = 2;

const DECISIONS_ON_MONEY = /^(?:DEPOSIT|WITHDRAWAL|TRANSFER)_(?:POSTED|REJECTED)$/;

/** The steps from an empty bank to its first decision, with the first one that is still to do marked. */
export function firstStepsOf({ activeAgents, customers, activeCustomers, actions }: BankFacts): FirstStep[] {
  const happened = (action: RegExp) => Object.keys(actions).some((name) => action.test(name));
  const steps = [
    { name: 'agents', done: activeAgents >= AGENTS_NEEDED, href: '/agents/new' },
    { name: 'customer', done: customers > 0, href: '/customers' },
    { name: 'activation', done: activeCustomers > 0, href: '/customers?status=pending' },
    { name: 'account', done: happened(/^ACCOUNT_OPENED$/), href: '/logs?type_action=COMPTE' },
    { name: 'decision', done: happened(DECISIONS_ON_MONEY), href: '/logs?type_action=DEPOT' },
  ] as const;
  const next = steps.findIndex(({ done }) => !done);
  return steps.map(({ name, done, href }, index) => ({
    name,
    href,
    state: done ? 'done' : index === next ? 'waiting' : 'ahead',
  }));
}

/** The steps and the number of active agents; null once all are done, or while the log is unavailable. */
export async function loadFirstSteps(
  ctx: PageContext,
): Promise<{ steps: FirstStep[]; activeAgents: number; agentsNeeded: number } | null> {
  const { auth, logging } = ctx.state.api;
  const count = async (role: string, status?: string) =>
    (await auth.users({ role, status, limit: 1, total: true })).total ?? 0;
  const [stats, activeAgents, customers, activeCustomers] = await Promise.all([
    settle(ctx, 'log', logging.stats({})),
    count('agent', 'active'),
    count('member'),
    count('member', 'active'),
  ]);
  if (stats === null) return null;
  const steps = firstStepsOf({ activeAgents, customers, activeCustomers, actions: stats.by_action });
  return steps.every(({ state }) => state === 'done')
    ? null
    : { steps, activeAgents, agentsNeeded: AGENTS_NEEDED };
}
