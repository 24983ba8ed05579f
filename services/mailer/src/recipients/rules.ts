import { isMailTemplate, optionalKindOf } from '@guichet/contract/events';
import type { Recipient } from './find-recipient.ts';

/** Whether the user refuses mails of this template. Only the template decides whether it can be refused, so that a mail about security always arrives. */
export function isRefused(template: string, { user }: Recipient): boolean {
  if (user === null || !isMailTemplate(template)) return false;
  const kind = optionalKindOf(template);
  return kind !== null && user.refuses.includes(kind);
}
