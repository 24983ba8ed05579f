import type { ProcessState } from '@guichet/contract';
import { Problem } from '@guichet/errors';
import type { PageContext } from '../../request-context.ts';
import { settle } from '../settle.ts';
import type { BankState } from './rules.ts';

const DAY_MS = 86_400_000;

/** Calls every service at once; one that is down doesn't hold up the page. */
export async function loadState(ctx: PageContext, frontend: Promise<ProcessState>): Promise<BankState> {
  const { auth, accounts, logging } = ctx.state.api;
  const since = new Date(Date.now() - DAY_MS).toISOString();
  const [own, ofAuth, ofAccounts, ofLogging, troubles] = await Promise.all([
    frontend,
    loadOrNull(ctx, auth.setupState()),
    loadOrNull(ctx, accounts.setupState()),
    loadOrNull(ctx, logging.setupState()),
    loadOrNull(ctx, logging.entries({ service: 'mailer', from: since, limit: 1 })),
  ]);
  const trouble = troubles?.items[0];
  return {
    frontend: own,
    auth: ofAuth,
    accounts: ofAccounts,
    logging: ofLogging,
    mail:
      trouble === undefined
        ? troubles && 'none'
        : { at: trouble.time, isDeadLetter: trouble.action === 'MAIL_DEAD_LETTERED' },
  };
}

/** Like `settle`. A service of an older release doesn't have the route yet: its 404 counts as no answer too. */
async function loadOrNull<Answer>(ctx: PageContext, answer: Promise<Answer>): Promise<Answer | null> {
  const known = answer.catch((error: unknown) => {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  });
  return settle(ctx, 'state', known);
}
