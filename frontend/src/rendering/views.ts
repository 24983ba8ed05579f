import { fileURLToPath } from 'node:url';
import { type Calendar, createCalendar } from '@guichet/calendar';
import { BUILT_IN_PRODUCTS, LOG_LEVELS, OPERATION_KINDS, OPERATION_STATUSES } from '@guichet/contract';
import { formatIban } from '@guichet/iban';
import nunjucks from 'nunjucks';
import { withQuery } from '../clients/call.ts';
import { LOCALES, type Locale, type Translations } from '../i18n.ts';
import type { FormView, ReportedError } from '../pages/form-view.ts';
import { THEMES } from '../theme.ts';
import type { Assets } from './assets.ts';
import { createFormats, type Formats } from './formats.ts';
import { stateOf } from './operation-state.ts';
import { macroNames } from './template-names.ts';
import { isTheBank } from './the-bank.ts';

export interface ViewSettings {
  bankName: string;
  timeZone: string;
  publicUrl: string;
  idleMinutes: number;
}

export interface Views {
  /**
   * Renders a page. Every value is escaped; a view can't output HTML it was given.
   * @throws if a macro of the view or of its layout hides a value
   */
  render(locale: Locale, view: string, data: Record<string, unknown>): string;
  /** Translates a key that may be missing, such as a refusal's code; then returns `fallback`. */
  t(locale: Locale, key: string, fallback: string, values?: Record<string, unknown>): string;
  /** The formats of a language. */
  formatsOf(locale: Locale): Formats;
  /** Days and months in the bank's time zone. */
  calendar: Calendar;
}

const VIEWS_DIRECTORY = fileURLToPath(new URL('../../views', import.meta.url));

/**
 * One nunjucks environment per language: translations and formats are globals because macros see globals but not the
 * context of a request.
 */
export function createViews(translations: Translations, assets: Assets, settings: ViewSettings): Views {
  const formats = eachLocale((locale) => createFormats(locale, settings.timeZone));
  const environments = eachLocale((locale) =>
    createEnvironment(locale, translations, assets, formats[locale], settings),
  );
  return {
    render(locale, view, data) {
      refuseHiddenValues(view, data);
      return environments[locale].render(view, data);
    },
    t: (locale, key, fallback, values = {}) =>
      translations.has(locale, key, values) ? translations.translator(locale)(key, values) : fallback,
    formatsOf: (locale) => formats[locale],
    calendar: createCalendar(settings.timeZone),
  };
}

const macrosOf = new Map<string, ReadonlySet<string>>();

// nunjucks takes a macro for a value of the same name, and the page then shows that there is none.
function refuseHiddenValues(view: string, data: Record<string, unknown>): void {
  const macros = macrosOf.get(view) ?? macroNames(VIEWS_DIRECTORY, view);
  macrosOf.set(view, macros);
  const hidden = Object.keys(data).find((name) => macros.has(name));
  if (hidden !== undefined) throw new Error(`${view}: a macro hides the value of the same name, ${hidden}`);
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
  // Texts without values never change, and a page has about a hundred of them.
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
    themes: THEMES,
    t: (key: string, values?: Record<string, unknown>) =>
      values === undefined ? cached(key) : translate(key, values),
    /** The catalog's text for a code, or the code itself: a newer service may send codes we don't know. */
    word: (group: string, code: string) => {
      const key = `${group}.${code}`;
      return cache.has(key) || translations.has(locale, key) ? cached(key) : code;
    },
    /** The name of a user, or of the bank itself. */
    userName: (username: string | null | undefined) =>
      isTheBank(username) ? cached('common.the_bank') : username,
    isTheBank,
    asset: (name: string) => assets.href(name),
    href: withQuery,
    iban: (iban: string | null | undefined) => formatIban(iban ?? ''),
    /** The text of a field's error; one about an amount names the decimals and the limit of the currency. */
    errorMessage: (code: string, currency?: string) =>
      translate(code.includes('.') ? code : `errors.${code}`, { ...formats.amountTexts(currency || 'EUR') }),
    /** Macros can't change what they are given, so they report the errors of fields with these. */
    report: (form: FormView, error: ReportedError) => void form.reported?.push(error),
    isReported: (form: FormView, field: string) => form.reported.some(({ name }) => name === field),
    isOperationKind: (kind: string) => (OPERATION_KINDS as readonly string[]).includes(kind),
    stateOf,
    isAmong: (items: readonly { id: string }[], id: string) => items.some((item) => item.id === id),
    json: (value: unknown) => JSON.stringify(value, null, 2),
    iso: (time: string | Date) => new Date(time).toISOString(),
    bank: settings.bankName,
    publicUrl: settings.publicUrl,
    idleMinutes: settings.idleMinutes,
    BUILT_IN_PRODUCTS,
    OPERATION_KINDS,
    OPERATION_STATUSES,
    LOG_LEVELS,
  };
  for (const [name, value] of Object.entries(globals)) environment.addGlobal(name, value);
  return environment;
}
