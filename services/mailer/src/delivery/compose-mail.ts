import { parseEmail } from '@guichet/contract';
import {
  isMailTemplate,
  type MailTemplate,
  optionalKindOf,
  type ReceivedMailEvent,
} from '@guichet/contract/events';
import type SMTPPool from 'nodemailer/lib/smtp-pool/index.js';
import { withoutFreeText } from '../letters/free-text.ts';
import { type LetterOptions, onOneLine, renderLetter } from '../letters/render-letter.ts';
import { unsubscribeLinks } from '../letters/unsubscribe-links.ts';
import type { Recipient } from '../recipients/find-recipient.ts';

/** The mail can never be sent as it is. */
export class UnsendableError extends Error {
  override readonly name = 'UnsendableError';
}

export interface ComposeOptions extends Omit<LetterOptions, 'unsubscribeUrl'> {
  /** The sender, from MAIL_FROM. */
  readonly from: string;
  readonly now: Date;
}

/**
 * Composes the message for one recipient, in text and HTML. Its Message-ID comes from the event, so that a mail sent again after a
 * crash can be recognized; no header contains a line break, whatever the names are. A mail to an unconfirmed address contains
 * nothing that a user typed, because its reader may be a stranger.
 * @throws UnsendableError
 */
export function composeMail(
  mail: ReceivedMailEvent,
  recipient: Recipient,
  options: ComposeOptions,
): SMTPPool.MailOptions {
  const { template } = mail;
  if (!isMailTemplate(template)) throw new UnsendableError('unknown template');
  const address = parseEmail(recipient.address);
  if (address === null) throw new UnsendableError('invalid address');
  const name = recipient.name === null ? null : onOneLine(recipient.name);
  const kind = optionalKindOf(template);
  const unsubscribe = kind === null ? null : unsubscribeLinks(kind, recipient.user, options.bank);
  const rendered = render();
  const domain = options.from.replace(/^.*@/, '').replace(/>$/, '');
  return {
    from: options.from,
    to: { name: name ?? '', address },
    subject: rendered.subject,
    text: rendered.text,
    html: rendered.html,
    date: options.now,
    messageId: `<${mail.id}@${domain}>`,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'Content-Language': recipient.language,
      ...unsubscribe?.headers,
      ...(mail.correlation_id === null ? {} : { 'X-Correlation-Id': mail.correlation_id }),
    },
  };

  function render() {
    try {
      const data = name === null ? withoutFreeText(template as MailTemplate, mail.data) : mail.data;
      return renderLetter(template as Parameters<typeof renderLetter>[0], recipient.language, name, data, {
        ...options,
        unsubscribeUrl: unsubscribe?.page ?? null,
      });
    } catch (cause) {
      throw new UnsendableError('data does not match the template', { cause });
    }
  }
}
