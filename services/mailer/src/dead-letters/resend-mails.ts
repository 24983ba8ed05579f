import { randomUUID } from 'node:crypto';
import { operatorCommand } from '@guichet/events';
import { publishAuditEvent } from '../audit.ts';
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
 * `discard`, all of them are discarded instead. One that becomes a dead letter while this runs stays for the next run.
 */
export async function resendMails(
  options: DeadLetterDeps & { discard?: boolean; withUncertain?: boolean },
): Promise<Resent> {
  const { broker, deadLetters, clock, discard = false, withUncertain = false } = options;
  const last = await deadLetters.lastSequence();
  const result = { handled: 0, uncertain: 0, left: 0 };
  for (let after = 0; ; ) {
    const next = await deadLetters.next(after);
    if (next === null || next.sequence > last) break;
    after = next.sequence;
    if (discard) {
      if (await deadLetters.remove(next.sequence)) result.handled += 1;
    } else if (next.letter.cause === 'uncertain' && !withUncertain) result.uncertain += 1;
    else if ((await sendAgain(options, next)) === null) result.handled += 1;
    else result.left += 1;
  }
  const command = discard ? 'resend --discard' : 'resend';
  if (result.handled > 0) {
    const ran = { service: 'mailer', command, count: result.handled } as const;
    await publishAuditEvent(broker, operatorCommand({ id: randomUUID(), now: clock(), ...ran }));
  }
  return result;
}
