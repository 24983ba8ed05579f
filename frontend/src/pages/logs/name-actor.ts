import { FORGOTTEN, type LogEntry } from '@guichet/contract/logging';
import type { Locale } from '../../i18n.ts';
import type { Views } from '../../rendering/views.ts';

/** The name of the actor, in the reader's language: a user, a user who was deleted since, or the bank itself. */
export function nameActor(views: Views, locale: Locale, { actor }: LogEntry): string {
  if (actor === null) return views.t(locale, 'logs.system', '');
  return actor.username === FORGOTTEN ? views.t(locale, 'logs.deleted_user', actor.username) : actor.username;
}
