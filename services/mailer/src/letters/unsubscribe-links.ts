import type { OptionalMailKind } from '@guichet/contract';
import { createUnsubscribeToken } from '@guichet/events';
import type { MailUser } from '../recipients/find-recipient.ts';
import type { Bank } from '../words/words.ts';

/** Where the reader of an optional mail can refuse its kind. */
export interface UnsubscribeLinks {
  /** A page with a button. Opening it changes nothing, because scanners follow links too. */
  readonly page: string;
  /** The headers by which a mail program refuses the kind itself; one click (RFC 8058) needs HTTPS. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The links for one user; null if the user has no secret, and can only refuse the kind after signing in. */
export function unsubscribeLinks(
  kind: OptionalMailKind,
  user: Pick<MailUser, 'id' | 'mailSecret'> | null,
  { publicUrl }: Pick<Bank, 'publicUrl'>,
): UnsubscribeLinks | null {
  if (user === null || user.mailSecret === null) return null;
  const token = createUnsubscribeToken(user.mailSecret, user.id, kind);
  const page = `${publicUrl}/unsubscribe?token=${token}`;
  const oneClick = `${publicUrl}/unsubscribe/one-click?token=${token}`;
  return {
    page,
    headers: publicUrl.startsWith('https:')
      ? { 'List-Unsubscribe': `<${oneClick}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }
      : { 'List-Unsubscribe': `<${page}>` },
  };
}
