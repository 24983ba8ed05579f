import { isMailTemplate, optionalKindOf } from '@guichet/contract/events';
import type { Recipient } from './find-recipient.ts';

/**
 * Whether the user does not get a mail of this template: because they refuse its kind, or because it is about the work of an agent who is no
 * longer active. Only the template decides whether it can be refused, so that a mail about
 * security always arrives.
 */
export function isWithheld(template: string, { user }: Recipient): boolean {
  if (user === null || !isMailTemplate(template)) return false;
  const kind = optionalKindOf(template);
  return kind !== null && (user.refuses.includes(kind) || (kind === 'digest' && !user.isActive));
}
