import { LANGUAGES, type Language } from '@guichet/contract';
import { SLOT } from '@guichet/contract/events';
import { formatMoney, toDecimal } from '@guichet/money';
import type { PersonalPart } from '../personal/rules.ts';
import { foldedWords } from './fold.ts';
import { AUDIENCES, type Audience, wordsOfAction, wordsOfCode } from './shown-words.ts';

type Data = Readonly<Record<string, unknown>>;

/** The languages' own numbers, as the pages write them. */
const TAGS: Readonly<Record<Language, string>> = { en: 'en-GB', fr: 'fr-FR' };
const AMOUNTS = new Set(['amount', 'from', 'to', 'limits', 'before', 'after']);
/** Nearly every sign-in has them, and no page shows them. */
const UNSEARCHED = new Set(['method']);
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a text is an id, which a search finds only as a whole. */
export function isId(text: string): boolean {
  return ID.test(text);
}

/** The data of an entry, as texts and amounts. */
interface DataTexts {
  /** Texts, and what the pages show in place of codes. */
  readonly texts: string[];
  /** Amounts in minor units. */
  readonly amounts: number[];
  readonly ids: string[];
}

export function readData(data: Data, ...audiences: readonly Audience[]): DataTexts {
  const found: DataTexts = { texts: [], amounts: [], ids: [] };
  for (const [field, value] of Object.entries(data)) {
    if (!UNSEARCHED.has(field)) addValue(found, field, value, audiences);
  }
  return found;
}

function addValue(found: DataTexts, field: string, value: unknown, audiences: readonly Audience[]): void {
  if (typeof value === 'string') {
    const shown = audiences
      .map((audience) => wordsOfCode(field, value, audience))
      .filter((text) => text !== null);
    if (shown.length > 0) found.texts.push(...shown);
    else if (isId(value)) found.ids.push(value);
    else found.texts.push(value);
  } else if (typeof value === 'number') {
    if (AMOUNTS.has(field) && Number.isSafeInteger(value)) found.amounts.push(value);
    else found.texts.push(String(value));
  } else if (typeof value === 'object' && value !== null) {
    const inner = Array.isArray(value) ? value.map((one) => [field, one]) : Object.entries(value);
    for (const [name, one] of inner) addValue(found, AMOUNTS.has(field) ? field : name, one, audiences);
  }
}

const currencyOf = ({ currency }: Data): string =>
  typeof currency === 'string' && /^[A-Z]{3}$/.test(currency) ? currency : 'EUR';

/** An amount as each language's pages show it, and as a person types it: "€1,234.56", "1 234,56 €", "1234.56", "1234,56". */
export function amountTexts(amounts: readonly number[], data: Data): string[] {
  const currency = currencyOf(data);
  return amounts.flatMap((amount) => {
    const decimal = toDecimal(BigInt(amount), currency);
    const shown = LANGUAGES.map((language) => formatMoney(BigInt(amount), currency, TAGS[language]));
    return [...shown, decimal, decimal.replace('.', ',')];
  });
}

/** The service, if the sentence of an action names it: of other entries it is a filter. */
export function serviceIn(action: string, service: string): string {
  return action.startsWith('SERVICE_') ? service : '';
}

/** The part of an entry that is about no person, as it is stored. */
export interface PublicTexts {
  readonly action: string;
  readonly service: string;
  /** With slots in place of names. */
  readonly message: string;
  /** JSON text. */
  readonly data: string;
}

/**
 * The words of what an entry says about no person: those of every entry of its action are left out, and an amount is one word with a decimal point. `ids` are
 * those in its data.
 */
export function publicWords({ action, service, message, data }: PublicTexts): {
  words: string[];
  ids: string[];
} {
  const parsed = JSON.parse(data) as Data;
  const shown = AUDIENCES.map((audience) => wordsOfAction(action, audience));
  const { texts: shownOrStored, amounts, ids } = readData(parsed, ...AUDIENCES);
  const texts = [
    message.replaceAll(SLOT, ' '),
    ...shownOrStored,
    ...(shown.includes('') ? [action] : []),
    serviceIn(action, service),
  ];
  const words = foldedWords(texts.join('\n')).filter((word) => !shown.every((text) => text.includes(word)));
  const currency = currencyOf(parsed);
  return { words: [...words, ...amounts.map((amount) => toDecimal(BigInt(amount), currency))], ids };
}

/** The words of what an entry says about one person. */
export function personalWords({ username = '', names = {}, data = {} }: PersonalPart): string[] {
  const { texts, amounts, ids } = readData(data, 'staff');
  return foldedWords(
    [username, ...Object.values(names), ...texts, ...amountTexts(amounts, data), ...ids].join('\n'),
  );
}
