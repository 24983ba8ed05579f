import type { Role } from '@guichet/contract';
import type { ReceivedMailEvent } from '@guichet/contract/events';
import type { DeadLettersHandled } from '@guichet/contract/mail';
import { type Broker, openItem, SubjectChangedError } from '@guichet/events';
import type { Log } from '@guichet/log';
import type { Clock } from '@guichet/time';
import { type DeadLetterAction, mailHandled, publishAuditEvent, stableId } from '../audit.ts';
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

/** The reasons why a dead letter can't be sent again: it was sent after all, or is being sent, or nothing proves that a service of the bank sent it. */
export type SendAgainRefusal = 'already_sent' | 'being_sent' | 'unopened';

/**
 * Puts the mail of a dead letter back into the stream of mails, and removes the dead letter. Its record then permits one more attempt, also if
 * it's uncertain whether it was sent before. If the process crashes on the way, the dead letter is still there, and repeating this sends the mail
 * once.
 */
export async function sendAgain(
  deps: DeadLetterDeps,
  { sequence, letter }: StoredDeadMail,
  beforePublishing: () => Promise<void> = async () => undefined,
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
    try {
      await records.write(mail.id, released, record?.sequence ?? 0);
    } catch (error) {
      // Another process has just claimed or released it.
      if (error instanceof SubjectChangedError) return 'being_sent';
      throw error;
    }
  }
  await beforePublishing();
  // A new id: JetStream would drop the old one as a duplicate.
  await broker.publish({ id: `${letter.mail_id}.again.${sequence}`, subject: letter.subject, payload });
  await deadLetters.remove(sequence);
  return null;
}

/** The mail of a dead letter; null if it isn't one. */
export function mailOf(
  deps: Pick<DeadLetterDeps, 'broker' | 'log'>,
  letter: DeadMail,
): ReceivedMailEvent | null {
  const payload = openedPayload(deps, letter);
  return payload === null ? null : readMail(payload);
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

/** The user who handles a dead letter, and the request in which they do. */
interface By {
  readonly caller: { readonly userId: string; readonly username: string; readonly role: Role };
  readonly correlationId: string;
}

/** Sends a dead letter again for a user. The audit log has it before it happens, once, however often it's tried. */
export async function sendAgainBy(
  deps: DeadLetterDeps,
  by: By,
  found: StoredDeadMail,
): Promise<SendAgainRefusal | null> {
  return sendAgain(deps, found, () => logHandled(deps, 'MAIL_SENT_AGAIN', by, found));
}

/** Discards a dead letter for a user. False if another request was faster. */
export async function discard(deps: DeadLetterDeps, by: By, found: StoredDeadMail): Promise<boolean> {
  await logHandled(deps, 'MAIL_DISCARDED', by, found);
  return deps.deadLetters.remove(found.sequence);
}

const HOUR_MS = 3_600_000;

/** Logs that a user opens a dead letter, whose preview has personal data: once for each user, letter and hour of the clock, because the event's id is the same. */
export async function recordLetterViewing(
  deps: DeadLetterDeps,
  by: By,
  found: StoredDeadMail,
): Promise<void> {
  const hour = Math.floor(deps.clock().getTime() / HOUR_MS);
  await logHandled(deps, 'MAIL_VIEWED', by, found, `.${by.caller.userId}.${hour}`);
}

/** Letters that one request handles at most, so that it ends before the client stops waiting. */
const AT_ONCE = 200;

/** Sends again, or discards, the dead letters of one reason, oldest first. */
export async function handleReason(
  deps: DeadLetterDeps,
  by: By,
  what: 'send-again' | 'discard',
  reason: string,
): Promise<DeadLettersHandled> {
  const result = { handled: 0, left: 0, more: false };
  const { deadLetters } = deps;
  for await (const { sequence, letter } of deadLetters.between(0, await deadLetters.lastSequence())) {
    if (letter.reason !== reason) continue;
    if (result.handled + result.left >= AT_ONCE) return { ...result, more: true };
    // Looked up again: another superuser may have discarded it since its page was read.
    const found = await deadLetters.get(sequence);
    if (found === null) continue;
    const isHandled =
      what === 'discard' ? await discard(deps, by, found) : (await sendAgainBy(deps, by, found)) === null;
    if (isHandled) result.handled += 1;
    else result.left += 1;
  }
  return result;
}

async function logHandled(
  deps: DeadLetterDeps,
  action: DeadLetterAction,
  { caller, correlationId }: By,
  { sequence, letter }: StoredDeadMail,
  when = '',
): Promise<void> {
  const actor = { id: caller.userId, username: caller.username, role: caller.role };
  const id = stableId(`${action}.${letter.mail_id}.${sequence}${when}`);
  const mail = mailOf(deps, letter);
  await publishAuditEvent(
    deps.broker,
    mailHandled({ id, at: deps.clock(), action, actor, correlationId }, letter, mail),
  );
}
