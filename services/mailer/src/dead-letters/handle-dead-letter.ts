import type { ReceivedMailEvent } from '@guichet/contract/events';
import { type Broker, openItem } from '@guichet/events';
import type { Log } from '@guichet/log';
import type { Clock } from '@guichet/time';
import { parseMail } from '../mail.ts';
import type { MailRecords } from '../records/mail-records.ts';
import type { DeadLetterStore, StoredDeadMail } from './dead-letter-store.ts';
import type { DeadMail } from './dead-mail.ts';

export interface DeadLetterDeps {
  broker: Broker;
  deadLetters: DeadLetterStore;
  records: MailRecords;
  clock: Clock;
  log: Log;
}

/** Why a dead letter can't be sent again: it was sent after all, or is being sent, or nothing proves that a service of the bank sent it. */
export type SendAgainRefusal = 'already_sent' | 'being_sent' | 'unopened';

/**
 * Puts the mail of a dead letter back into the stream of mails, and removes the dead letter. Its record then permits one more attempt, also if
 * it's uncertain whether it was sent before. If the process crashes on the way, the dead letter is still there, and repeating this sends the mail
 * once.
 * @throws SubjectChangedError if the mail's record has just changed
 */
export async function sendAgain(
  deps: DeadLetterDeps,
  { sequence, letter }: StoredDeadMail,
): Promise<SendAgainRefusal | null> {
  const { broker, records, deadLetters, clock } = deps;
  const payload = openedPayload(deps, letter);
  if (payload === null) return 'unopened';
  const mail = readMail(payload);
  if (mail !== null) {
    const record = await records.find(mail.id);
    if (record?.state === 'sent') return 'already_sent';
    if (record?.state === 'claimed') return 'being_sent';
    const released = { state: 'released', claim: `again.${sequence}`, at: clock().toISOString() } as const;
    await records.write(mail.id, released, record?.sequence ?? 0);
  }
  // A new id: JetStream would drop the old one as a duplicate.
  await broker.publish({ id: `${letter.mail_id}.again.${sequence}`, subject: letter.subject, payload });
  await deadLetters.remove(sequence);
  return null;
}

/**
 * The bytes of a dead letter's mail. If it could not be opened on arrival, it is opened now, possibly with other keys. Returns null if it still cannot
 * be opened: a mail that an attacker published must not be sent in the bank's name.
 */
function openedPayload(
  { broker, log }: Pick<DeadLetterDeps, 'broker' | 'log'>,
  { message_id: id, subject, payload, cause }: DeadMail,
): Uint8Array | null {
  const data = Buffer.from(payload, 'base64');
  if (cause !== 'unopened') return data;
  try {
    return openItem({ id, subject, data }, broker.open).data;
  } catch (error) {
    log.warn({ err: error, mail_id: id, subject }, 'dead letter still cannot be opened');
    return null;
  }
}

function readMail(payload: Uint8Array): ReceivedMailEvent | null {
  try {
    return parseMail(payload);
  } catch {
    return null;
  }
}
