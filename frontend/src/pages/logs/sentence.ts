import type { LogEntry } from '@guichet/contract/logging';
import type { Locale } from '../../i18n.ts';
import type { Views } from '../../rendering/views.ts';
import { nameActor } from './name-actor.ts';

/**
 * What happened, as a sentence in the reader's language, for the page of the user it happened to. An action or a kind of operation that
 * only a newer release knows has its name, or the log's own message.
 */
export function sentenceOf(views: Views, locale: Locale, entry: LogEntry): string {
  return findSentence(views, locale, entry) ?? nameOf(views, locale, entry);
}

/** The same; null if the catalog has no sentence for it. */
export function findSentence(views: Views, locale: Locale, entry: LogEntry): string | null {
  return sayFirst(views, locale, entry, {
    operation: (status) => [`sentences.operation.${status}`],
    what: (kind) => [`sentences.what.${kind}`],
    action: [`sentences.${entry.action}_${entry.level}`, `sentences.${entry.action}`],
  });
}

/** The keys of the catalog to try, in this order. */
interface SentenceKeys {
  operation(status: string): readonly string[];
  what(kind: string): readonly string[];
  action: readonly string[];
}

/** The first of the sentences that the catalog has. */
export function sayFirst(
  views: Views,
  locale: Locale,
  entry: LogEntry,
  keys: SentenceKeys,
  values: Record<string, string> = {},
): string | null {
  const { actor, data } = entry;
  const first = (tried: readonly string[], given: Record<string, string>) =>
    tried.map((key) => views.t(locale, key, '', given)).find((text) => text !== '') ?? null;
  const named = {
    ...values,
    actor: actor === null ? views.t(locale, 'sentences.system', '') : nameActor(views, locale, entry),
  };
  const { type, status } = data;
  const what = typeof type === 'string' ? first(keys.what(type), amountIn(views, locale, data)) : null;
  if (what === null || typeof status !== 'string') {
    const facts = {
      what: what ?? views.t(locale, 'sentences.an_operation', ''),
      refusal: refusalIn(views, locale, data),
    };
    return first(keys.action, { ...namesIn(data), ...facts, ...named });
  }
  // A member decides nothing: an operation of theirs that is posted needed no agent.
  return first(keys.operation(status === 'posted' && actor?.role === 'member' ? 'made' : status), {
    ...named,
    what,
  });
}

/** What an action is called, or the log's own message if only a newer release knows it. */
export function nameOf(views: Views, locale: Locale, { action, message }: LogEntry): string {
  return views.t(locale, `actions.${action}`, message);
}

/** Why an agent did it, in the agent's own words; a failed sign-in also has a reason, but that is a code. */
export function reasonOf({ action, data }: LogEntry): string | null {
  const isAgents = data.status === 'rejected' || /^USER_(?:REJECTED|DEACTIVATED|ACTIVATED)$/.test(action);
  return isAgents && typeof data.reason === 'string' && data.reason !== '' ? data.reason : null;
}

function amountIn(views: Views, locale: Locale, data: LogEntry['data']): { amount: string } {
  const amount = typeof data.amount === 'number' ? data.amount : null;
  const currency = typeof data.currency === 'string' ? data.currency : 'EUR';
  return { amount: views.formatsOf(locale).money(amount, currency) };
}

/** Why the rules refused a decision, in a few words. */
function refusalIn(views: Views, locale: Locale, { code }: LogEntry['data']): string {
  const short = typeof code === 'string' ? views.t(locale, `refusals_short.${code}`, '') : '';
  return short === '' ? views.t(locale, 'sentences.a_rule', '') : short;
}

/** The values that a sentence names: a payee, a token, an operator's command. */
function namesIn(data: LogEntry['data']): Record<string, string> {
  const names = ['name', 'name_before', 'command'].map((field) => [field, data[field]] as const);
  return Object.fromEntries(names.map(([field, value]) => [field, typeof value === 'string' ? value : '–']));
}
