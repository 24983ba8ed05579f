import type { LogEntry } from '@guichet/contract/logging';
import type { Locale } from '../../i18n.ts';
import type { Views } from '../../rendering/views.ts';

/**
 * What happened, as a sentence in the reader's language, for the page of the user it happened to. An action or a kind of operation that
 * only a newer release knows has its name, or the log's own message.
 */
export function sentenceOf(views: Views, locale: Locale, entry: LogEntry): string {
  const { action, data, message } = entry;
  const say = (key: string, fallback: string, values: Record<string, unknown> = {}) =>
    views.t(locale, key, fallback, values);
  const actor = entry.actor?.username ?? say('sentences.system', '');
  const name = say(`actions.${action}`, message);
  const what = operationOf(views, locale, data);
  if (what !== null && typeof data.status === 'string')
    return say(`sentences.operation.${data.status}`, name, { actor, what });
  return say(`sentences.${action}`, name, { ...namesIn(data), actor });
}

/** Why an agent did it, in the agent's own words; a failed sign-in also has a reason, but that is a code. */
export function reasonOf({ action, data }: LogEntry): string | null {
  const isAgents = data.status === 'rejected' || /^USER_(?:REJECTED|DEACTIVATED|ACTIVATED)$/.test(action);
  return isAgents && typeof data.reason === 'string' && data.reason !== '' ? data.reason : null;
}

/** The operation that an entry is about, as a noun with its article; null if it is about none. */
function operationOf(views: Views, locale: Locale, data: LogEntry['data']): string | null {
  if (typeof data.type !== 'string') return null;
  const amount = typeof data.amount === 'number' ? data.amount : null;
  const currency = typeof data.currency === 'string' ? data.currency : 'EUR';
  const values = { amount: views.formatsOf(locale).money(amount, currency) };
  return views.t(locale, `sentences.what.${data.type}`, '', values) || null;
}

/** The values that a sentence names: a payee, a token, an operator's command. */
function namesIn(data: LogEntry['data']): Record<string, string> {
  const names = ['name', 'command'].map((field) => [field, data[field]] as const);
  return Object.fromEntries(names.map(([field, value]) => [field, typeof value === 'string' ? value : '–']));
}
