import { fileURLToPath } from 'node:url';
import { dateFormat } from '@guichet/calendar';
import type { Language } from '@guichet/contract';
import { MAIL_TEMPLATES, type MailTemplate, optionalKindOf } from '@guichet/contract/events';
import { formatMoney } from '@guichet/money';
import nunjucks from 'nunjucks';
import { en } from '../words/en.ts';
import { fr } from '../words/fr.ts';
import type { Bank, Formats, Words } from '../words/words.ts';
import type { Letter } from './letter.ts';

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface LetterOptions {
  readonly bank: Bank;
  /** Times in a mail are in the bank's time zone. */
  readonly timeZone: string;
  /** Where the reader can refuse such mails without signing in, if they can be refused. */
  readonly unsubscribeUrl?: string | null;
}

const catalogue: Readonly<Record<Language, Words>> = { en, fr };
const locales: Readonly<Record<Language, string>> = { en: 'en-GB', fr: 'fr-FR' };

/** The longest value that stands beside its label on a phone, without breaking. */
const BESIDE_LABEL_MAX = 18;

const views = new nunjucks.FileSystemLoader(fileURLToPath(new URL('../../views', import.meta.url)));
const htmlViews = new nunjucks.Environment(views, { autoescape: true, throwOnUndefined: true });
// Plain text is not markup: escaping it would show "&amp;" to the reader.
const textViews = new nunjucks.Environment(views, { autoescape: false, throwOnUndefined: true });

/**
 * Writes one mail in one language, as text and as HTML.
 * @throws ZodError if `data` does not fit the template
 * @throws Error if its link leads elsewhere than to the bank
 */
export function renderLetter(
  template: MailTemplate,
  language: Language,
  recipientName: string | null,
  data: unknown,
  { bank, timeZone, unsubscribeUrl = null }: LetterOptions,
): RenderedMail {
  const words = catalogue[language];
  const formats = formatsOf(language, timeZone);
  // The catalogue's functions and the schemas share their keys, which TypeScript cannot follow through a union.
  const write = words.letters[template] as (data: unknown, bank: Bank, formats: Formats) => Letter;
  const set = language === 'fr' ? setFrenchSpaces : (text: string) => text;
  const letter = typeset(write(MAIL_TEMPLATES[template].data.parse(data), bank, formats), set);
  if (letter.action !== null && !leadsTo(bank, letter.action.url)) throw new Error('link to another site');
  const view = {
    language,
    bank,
    letter,
    hasLongFacts: letter.facts.some(([, value]) => value.length > BESIDE_LABEL_MAX),
    greeting: set(words.greeting(recipientName)),
    farewell: words.farewell,
    colon: words.colon,
    linkFallback: set(words.linkFallback),
    footer: set(words.footer(bank)),
    unsubscribe:
      optionalKindOf(template) === null
        ? null
        : { label: words.unsubscribe, url: unsubscribeUrl ?? `${bank.publicUrl}/profile#mails` },
  };
  return {
    subject: onOneLine(letter.subject),
    text: textViews.render('mail.txt.njk', view).trimStart(),
    html: htmlViews.render('mail.html.njk', view).trimStart(),
  };
}

/** A mail in the bank's name must not send its reader to another site, whatever the service that requested it put into the link. */
function leadsTo(bank: Bank, url: string): boolean {
  return new URL(url).origin === new URL(bank.publicUrl).origin;
}

function typeset(letter: Letter, set: (text: string) => string): Letter {
  return {
    subject: set(letter.subject),
    heading: set(letter.heading),
    paragraphs: letter.paragraphs.map(set),
    facts: letter.facts.map(([label, value]) => [set(label), value]),
    action: letter.action === null ? null : { label: set(letter.action.label), url: letter.action.url },
    note: letter.note === null ? null : set(letter.note),
  };
}

function formatsOf(language: Language, timeZone: string): Formats {
  const locale = locales[language];
  const date = dateFormat(locale, { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' });
  const time = dateFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone });
  return {
    time: (rfc3339) => time(new Date(rfc3339)),
    date: (day) => date(new Date(`${day}T00:00:00Z`)),
    money: (amountMinor, currency) =>
      amountMinor === null ? null : formatMoney(BigInt(amountMinor), currency ?? 'EUR', locale),
  };
}

/** In French, a colon and similar punctuation stay on the line of the preceding word, and a number on that of the following word. */
function setFrenchSpaces(text: string): string {
  return text.replace(/(?<=[\p{L}\d»]) (?=[:;!?»])|(?<=\b(?:\d{1,3}|1er)) (?=\p{Ll})/gu, '\u00a0');
}

/** A header is one line: text after a line break must not become another header. */
export function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
