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

/** The last digits of an account number tell the accounts of a customer apart. */
const DIGITS_SHOWN = 4;

/** The keys of the catalog to try, in this order; each of them may have a longer form, with `_NAMED`, that names more. */
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
  const named = {
    ...valuesIn(views, locale, data),
    ...values,
    service: entry.service,
    actor: actor === null ? views.t(locale, 'sentences.system', '') : nameActor(views, locale, entry),
  };
  const { type, status } = data;
  const what = typeof type === 'string' ? first(views, locale, keys.what(type), named) : null;
  if (what === null || typeof status !== 'string')
    return first(views, locale, keys.action, {
      ...named,
      what: what ?? views.t(locale, 'sentences.an_operation', ''),
    });
  const said = keys.operation(eventIn(entry, status));
  return first(views, locale, said, { ...named, what });
}

/** What happened to an operation: its new status, or more exactly how it got there. */
export function eventIn({ actor, data }: LogEntry, status: string): string {
  // A member decides nothing: an operation of theirs that is posted needed no agent.
  if (status === 'posted' && actor?.role === 'member') return 'made';
  if (data.type === 'incoming_payment' && status === 'posted')
    return typeof data.code === 'string' ? 'suspended' : 'credited';
  if (typeof data.execute_on !== 'string') return status;
  if (status === 'scheduled' && typeof data.standing_order_id === 'string') return 'payment';
  if (status === 'posted') return 'executed';
  return status === 'expired' && typeof data.code === 'string' ? 'failed' : status;
}

/** The first of these keys that the catalog has and whose names all have a value; else the first that it has, with dashes. */
function first(
  views: Views,
  locale: Locale,
  keys: readonly string[],
  values: Record<string, string>,
): string | null {
  const found = keys
    .flatMap((key) => [`${key}_NAMED`, key])
    .filter((key) => template(views, locale, key) !== '');
  const complete = found.find((key) => namesOf(template(views, locale, key)).every((name) => name in values));
  const key = complete ?? found.find((one) => !one.endsWith('_NAMED'));
  if (key === undefined) return null;
  const unknown = namesOf(template(views, locale, key)).map((name) => [name, '–']);
  return views.t(locale, key, '', { ...Object.fromEntries(unknown), ...values });
}

/** A text of the catalog before anything is filled in; empty if there is none. */
function template(views: Views, locale: Locale, key: string): string {
  return views.t(locale, key, '', { skipInterpolation: true });
}

function namesOf(text: string): string[] {
  return [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name);
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

/** Fields that a sentence names as they are: texts that a customer chose, or an operator's command. */
const TEXTS = [
  'name',
  'name_before',
  'payee',
  'payer',
  'account_name',
  'username',
  'command',
  'version',
  'product',
  'webhook_host',
  'file_name',
];

/** The values that sentences can name, as far as the entry has them. */
function valuesIn(views: Views, locale: Locale, data: LogEntry['data']): Record<string, string> {
  const currency = typeof data.currency === 'string' ? data.currency : 'EUR';
  const money = (field: string) =>
    typeof data[field] === 'number' ? [[field, views.formatsOf(locale).money(data[field], currency)]] : [];
  const number = (name: string, field: string) =>
    typeof data[field] === 'string' ? [[name, data[field].slice(-DIGITS_SHOWN)]] : [];
  const texts = TEXTS.flatMap((field) => (typeof data[field] === 'string' ? [[field, data[field]]] : []));
  return Object.fromEntries([
    ...texts,
    ...['amount', 'from', 'to'].flatMap(money),
    ...number('account', 'account_iban'),
    ...number('to_account', 'payee_iban'),
    ...(typeof data.template === 'string'
      ? [['mail', views.t(locale, `mails.${data.template}`, data.template)]]
      : []),
    ...['execute_on', 'due_on', 'valid_from'].flatMap((field) =>
      typeof data[field] === 'string' ? [[field, views.formatsOf(locale).day(data[field])]] : [],
    ),
    ['refusal', refusalIn(views, locale, data)],
  ]);
}

/** Why the rules refused a decision, in a few words. */
function refusalIn(views: Views, locale: Locale, { code }: LogEntry['data']): string {
  const short = typeof code === 'string' ? views.t(locale, `refusals_short.${code}`, '') : '';
  return short === '' ? views.t(locale, 'sentences.a_rule', '') : short;
}
