import { isDuplicateKey, newId, query, queryOnce, transaction } from '@guichet/database';
import { mailMessage } from '@guichet/events';
import { enqueue } from '@guichet/outbox';
import { type ScheduledJob, scheduleJob } from '@guichet/scheduled-jobs';
import type { Deps } from '../deps.ts';
import { digestFor, digestLimits, dueDay } from './rules.ts';
import {
  countRegistrations,
  digestWasSent,
  listActiveAgents,
  markDigestSent,
  sumTakenByAgents,
  sumWaitingByKind,
} from './store.ts';

export interface SentDigest {
  day: string;
  mails: number;
}

/**
 * Mails every active agent what they can decide, on the morning of a business day. The day is noted in the transaction that enqueues the mails:
 * whatever dies or runs at the same time, each agent gets at most one mail a day, and one on every day on which something waits for them.
 * accounts sends it alone: it knows the requests, and its projection of auth's users has the registrations that wait, so no service asks
 * another. Agents who refuse the mail are left out by the mailer. Returns null if no digest is due.
 */
export async function sendDigest(
  { db, clock, rules, committed }: Deps,
  at: string,
): Promise<SentDigest | null> {
  const now = clock();
  const day = dueDay(rules.calendar, now, at);
  if (day === null || (await queryOnce(db, digestWasSent(day)))) return null;
  const limits = digestLimits(rules.calendar, now, day);
  const sent = await transaction(db, async (trx) => {
    await queryOnce(trx, markDigestSent(day, now));
    const [agents, waiting, taken, registrations] = await query(
      trx,
      listActiveAgents(),
      sumWaitingByKind(limits),
      sumTakenByAgents(limits),
      countRegistrations(),
    );
    const mails = agents.flatMap((agentId) => {
      const own = taken.filter((group) => group.agentId === agentId);
      const data = digestFor(waiting, own, { day, by: limits.by, registrations });
      const mail = { template: 'agent_digest', to: { user_id: agentId }, correlation_id: null } as const;
      return data === null ? [] : [mailMessage({ ...mail, id: newId(now), time: now.toISOString(), data })];
    });
    if (mails.length > 0) await enqueue(trx, mails);
    return { day, mails: mails.length };
  }).catch((error: unknown) => {
    // Another replica was faster.
    if (isDuplicateKey(error)) return null;
    throw error;
  });
  committed();
  return sent;
}

/** Sends the digest within a few seconds of `at`, on the replica that has the job. */
export function keepSendingDigests(deps: Deps, at: string): ScheduledJob {
  return scheduleJob({
    db: deps.db,
    log: deps.log,
    name: 'agent digest',
    everySeconds: 5,
    work: () => sendDigest(deps, at),
  });
}
