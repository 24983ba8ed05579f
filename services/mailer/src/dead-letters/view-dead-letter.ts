import { LINK_LIFETIMES_MS, LINK_OF_MAIL } from '@guichet/contract/auth';
import { isMailTemplate, type ReceivedMailEvent } from '@guichet/contract/events';
import type { DeadLetter, DeadLetterDetail } from '@guichet/contract/mail';
import { composeMail } from '../delivery/compose-mail.ts';
import type { Deps } from '../deps.ts';
import type { Recipient } from '../recipients/find-recipient.ts';
import type { MailRecord } from '../records/mail-record.ts';
import type { StoredDeadMail } from './dead-letter-store.ts';
import { mailOf } from './handle-dead-letter.ts';
import { withoutSecrets } from './without-secrets.ts';

const DELIVERIES = {
  claimed: 'in_progress',
  sent: 'sent',
  released: 'not_sent',
  uncertain: 'unknown',
} as const;

/** A dead letter as a list shows it. */
export function viewDeadLetter({ sequence, letter }: StoredDeadMail): DeadLetter {
  const { mail_id, subject, cause, reason, tries, dead_since } = letter;
  return {
    id: String(sequence),
    mail_id,
    template: subject.slice('mail.'.length),
    cause,
    reason,
    tries,
    dead_since,
  };
}

/** A dead letter with the mail as it would be sent now. */
export async function viewDetail(deps: Deps, found: StoredDeadMail): Promise<DeadLetterDetail> {
  const mail = mailOf(deps, found.letter);
  const record = mail === null ? null : await deps.records.find(mail.id);
  const expiresAt = mail === null ? null : linkExpiry(mail);
  const requested = mail === null ? Number.NaN : Date.parse(mail.time);
  return {
    ...viewDeadLetter(found),
    delivery: deliveryOf(record, found),
    requested_at: Number.isNaN(requested) ? null : new Date(requested).toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
    is_expired: expiresAt !== null && expiresAt <= deps.clock(),
    preview: mail === null ? null : await preview(deps, mail),
  };
}

function deliveryOf(record: MailRecord | null, { letter }: StoredDeadMail): DeadLetterDetail['delivery'] {
  if (record !== null) return DELIVERIES[record.state];
  return letter.cause === 'uncertain' || letter.cause === 'too_old' ? 'unknown' : 'not_sent';
}

/** When the link of a mail stops working; null if it has none. */
function linkExpiry({ template, time, data }: ReceivedMailEvent): Date | null {
  if (!isMailTemplate(template) || typeof data.link !== 'string') return null;
  const purpose = LINK_OF_MAIL[template];
  const from = Date.parse(time);
  return purpose === undefined || Number.isNaN(from) ? null : new Date(from + LINK_LIFETIMES_MS[purpose]);
}

/** The mail, with links that open nothing: they could give the reader of the preview the access of the mail's recipient. */
async function preview(deps: Deps, mail: ReceivedMailEvent): Promise<DeadLetterDetail['preview']> {
  const found = await deps.findRecipient(mail.to);
  // Without an address, the mail is shown in English.
  const recipient: Recipient = found ?? {
    address: 'unknown@invalid.example',
    name: null,
    language: 'en',
    user: null,
  };
  const hidden = { ...mail, data: withoutSecrets(mail.data) };
  const anonymous = { ...recipient, user: recipient.user && { ...recipient.user, mailSecret: null } };
  try {
    const { subject, text, html } = composeMail(hidden, anonymous, { ...deps.letters, now: deps.clock() });
    return {
      to: found?.address ?? null,
      language: recipient.language,
      subject: String(subject),
      text: String(text),
      html: String(html),
    };
  } catch {
    return null;
  }
}
