import { z } from 'zod';
import { isOptionalMailKind, OPTIONAL_MAIL_KINDS, type OptionalMailKind } from '../lists/mails.ts';

const Kind = z.enum(OPTIONAL_MAIL_KINDS);

/** The mails that a user gets and can refuse. Mails about security and about the account itself are in no list. */
export const MailChoicesView = z
  .object({
    kinds: z.array(Kind).meta({ description: 'The kinds of mail that the user can refuse' }),
    refused: z.array(Kind).meta({ description: 'The kinds that the user refuses' }),
  })
  .meta({ id: 'MailChoices' });
export type MailChoices = z.output<typeof MailChoicesView>;

export const NewMailChoices = z.strictObject({ refused: z.array(Kind).max(OPTIONAL_MAIL_KINDS.length) });
export type NewMailChoices = z.input<typeof NewMailChoices>;

/** The kind of mail that the link of a mail refused. */
export const UnsubscribedView = z.object({ kind: Kind }).meta({ id: 'Unsubscribed' });
export type Unsubscribed = z.output<typeof UnsubscribedView>;

/** The kind in the clear part of the token in an emailed link; null if the token has another form. Only auth can tell whether it is genuine. */
export function kindInToken(token: string): OptionalMailKind | null {
  const [kind = ''] = token.split('-', 1);
  return isOptionalMailKind(kind) ? kind : null;
}
