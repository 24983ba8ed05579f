import { fileURLToPath } from 'node:url';
import { type Calendar, createCalendar } from '@guichet/calendar';
import { OPERATION_KINDS, OPERATION_STATUSES } from '@guichet/contract';
import nunjucks from 'nunjucks';
import { withQuery } from '../clients/call.ts';
import { LEVELS } from '../clients/logging.ts';
import { LOCALES, type Locale, type Translations } from '../i18n.ts';
import type { Assets } from './assets.ts';
import { createFormats, type Formats, printedIban } from './formats.ts';

export interface ViewSettings {
  bankName: string;
  timeZone: string;
  publicUrl: string;
}

export interface Views {
  /** A page's HTML. Every value is escaped; there is no way for a view to print HTML it was handed. */
  render(locale: Locale, view: string, data: Record<string, unknown>): string;
  /** A key of the catalog that may not be there, as a refusal's code: falls back to `fallback`. */
  t(locale: Locale, key: string, fallback: string, values?: Record<string, unknown>): string;
  /** How amounts and times are written in a language. */
  formatsOf(locale: Locale): Formats;
  /** The bank's own days and months. */
  calendar: Calendar;
}

const VIEWS_DIRECTORY = fileURLToPath(new URL('../../views', import.meta.url));

/**
 * One nunjucks environment for each language: what a macro says and how it writes amounts is then a global, which
 * reaches into macros, while the context of a request does not.
 */
export function createViews(translations: Translations, assets: Assets, settings: ViewSettings): Views {
  const formats = eachLocale((locale) => createFormats(locale, settings.timeZone));
  const environments = eachLocale((locale) =>
    createEnvironment(locale, translations, assets, formats[locale], settings),
  );
  return {
    render: (locale, view, data) => environments[locale].render(view, data),
    t: (locale, key, fallback, values = {}) =>
      translations.has(locale, key) ? translations.translator(locale)(key, values) : fallback,
    formatsOf: (locale) => formats[locale],
    calendar: createCalendar(settings.timeZone),
  };
}

function eachLocale<T>(make: (locale: Locale) => T): Record<Locale, T> {
  return Object.fromEntries(LOCALES.map((locale) => [locale, make(locale)])) as Record<Locale, T>;
}

function createEnvironment(
  locale: Locale,
  translations: Translations,
  assets: Assets,
  formats: Formats,
  settings: ViewSettings,
): nunjucks.Environment {
  const environment = new nunjucks.Environment(new nunjucks.FileSystemLoader(VIEWS_DIRECTORY), {
    autoescape: true,
    throwOnUndefined: false,
    trimBlocks: true,
    lstripBlocks: true,
  });
  const translate = translations.translator(locale);
  // What holds no value is the same each time, and a page says a hundred such things.
  const cache = new Map<string, string>();
  const cached = (key: string): string => {
    const text = cache.get(key) ?? translate(key);
    cache.set(key, text);
    return text;
  };
  const globals = {
    ...formats,
    locale,
    locales: LOCALES,
    t: (key: string, values?: Record<string, unknown>) =>
      values === undefined ? cached(key) : translate(key, values),
    /** A word of the catalog where there is one, else the code itself: services may know more than we do. */
    word: (group: string, code: string) => {
      const key = `${group}.${code}`;
      return cache.has(key) || translations.has(locale, key) ? cached(key) : code;
    },
    asset: (name: string) => assets.href(name),
    href: withQuery,
    iban: printedIban,
    json: (value: unknown) => JSON.stringify(value, null, 2),
    iso: (time: string | Date) => new Date(time).toISOString(),
    bank: settings.bankName,
    publicUrl: settings.publicUrl,
    timeZone: settings.timeZone,
    OPERATION_KINDS,
    OPERATION_STATUSES,
    LEVELS,
  };
  for (const [name, value] of Object.entries(globals)) environment.addGlobal(name, value);
  return environment;
}
