import { randomUUID } from 'node:crypto';
import { operatorCommand } from '@guichet/events';
import { publishAuditEvent } from '../audit.ts';
import type { StoredDeadMail } from './dead-letter-store.ts';
import { type DeadLetterDeps, sendAgain } from './handle-dead-letter.ts';

/** The outcome of the command. */
export interface Resent {
  /** Put back into the stream of mails, or discarded. */
  readonly handled: number;
  /** Left alone: they may have been sent. */
  readonly uncertain: number;
  /** Left alone: they were sent, or can't be opened. */
  readonly left: number;
}

/**
 * Puts every dead letter back into the stream of mails, to be tried again, except those that may have been sent, unless `withUncertain`. With
 * `discard`, all of them are discarded instead. One that becomes a dead letter while this runs stays for the next run. The audit log has the run, with the number of
 * letters that it's about, before the first of them is touched.
 */
export async function resendMails(
  options: DeadLetterDeps & { discard?: boolean; withUncertain?: boolean },
): Promise<Resent> {
  const { broker, deadLetters, clock, discard = false, withUncertain = false } = options;
  const last = await deadLetters.lastSequence();
  const isWanted = ({ letter }: StoredDeadMail) => discard || withUncertain || letter.cause !== 'uncertain';
  let count = 0;
  for await (const found of deadLetters.between(0, last)) if (isWanted(found)) count += 1;
  if (count > 0) {
    const ran = { service: 'mailer', command: discard ? 'resend --discard' : 'resend', count } as const;
    await publishAuditEvent(broker, operatorCommand({ id: randomUUID(), now: clock(), ...ran }));
  }
  const result = { handled: 0, uncertain: 0, left: 0 };
  // Each is looked up again before it's sent: a superuser may have discarded it since its page was read.
  for await (const found of deadLetters.between(0, last)) {
    if (!isWanted(found)) result.uncertain += 1;
    else if (discard) {
      if (await deadLetters.remove(found.sequence)) result.handled += 1;
    } else if ((await deadLetters.get(found.sequence)) !== null) {
      if ((await sendAgain(options, found)) === null) result.handled += 1;
      else result.left += 1;
    }
  }
  return result;
}
