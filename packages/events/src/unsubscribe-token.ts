import { createHmac, timingSafeEqual } from 'node:crypto';
import { isOptionalMailKind, type OptionalMailKind } from '@guichet/contract';

/** The content of the token in the foot of a mail, before it is verified. */
export interface UnsubscribeClaim {
  readonly userId: string;
  readonly kind: OptionalMailKind;
  readonly code: string;
}

/**
 * Proves that the bank mailed this user a link that refuses mails of one kind. It opens nothing else, needs no session, and has no end: mail
 * programs may offer it as long as they keep the mail. The mailer makes it and auth verifies it, both from the user's own secret.
 */
export function createUnsubscribeToken(secret: string, userId: string, kind: OptionalMailKind): string {
  return `${kind}-${userId}-${codeOf(secret, userId, kind)}`;
}

/** Reads a token; null if it has another form. */
export function readUnsubscribeToken(token: string): UnsubscribeClaim | null {
  const [, kind = '', userId = '', code = ''] =
    /^([a-z]+)-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-([\w-]{43})$/.exec(token) ?? [];
  return isOptionalMailKind(kind) ? { kind, userId, code } : null;
}

/** Whether the claim was made with the user's secret. */
export function isGenuineUnsubscribe({ userId, kind, code }: UnsubscribeClaim, secret: string): boolean {
  return timingSafeEqual(Buffer.from(code), Buffer.from(codeOf(secret, userId, kind)));
}

function codeOf(secret: string, userId: string, kind: OptionalMailKind): string {
  return createHmac('sha256', secret).update(`unsubscribe ${userId} ${kind}`).digest('base64url');
}
