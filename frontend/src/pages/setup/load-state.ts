import type { ProcessState } from '@guichet/contract';
import { Problem } from '@guichet/errors';
import type { PageContext } from '../../request-context.ts';
import { settle } from '../settle.ts';
import type { BankState } from './rules.ts';

const DAY_MS = 86_400_000;

/** Asks every service at once; one that is down doesn't hold up the page. */
export async function loadState(ctx: PageContext, frontend: Promise<ProcessState>): Promise<BankState> {
  const { auth, accounts, logging } = ctx.state.api;
  const since = new Date(Date.now() - DAY_MS).toISOString();
  const [own, ofAuth, ofAccounts, ofLogging, troubles] = await Promise.all([
    frontend,
    ask(ctx, auth.setupState()),
    ask(ctx, accounts.setupState()),
    ask(ctx, logging.setupState()),
    ask(ctx, logging.entries({ service: 'mailer', from: since, limit: 1 })),
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

/** As `settle`; a service of an older release, which has no such route, doesn't answer either. */
async function ask<Answer>(ctx: PageContext, answer: Promise<Answer>): Promise<Answer | null> {
  const known = answer.catch((error: unknown) => {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  });
  return settle(ctx, 'state', known);
}
