import { readFileSync } from 'node:fs';
import { LANGUAGES, type Language } from '@guichet/contract';
import { preferredLanguage } from '@guichet/http';
import i18next, { type i18n, type TFunction } from 'i18next';

export const LOCALES = LANGUAGES;
export type Locale = Language;

type Translate = TFunction;

/** Translates keys of locales/<locale>.json. A missing key shows as itself; a test checks that none is missing. */
export interface Translations {
  translator(locale: Locale): Translate;
  has(locale: Locale, key: string, values?: Record<string, unknown>): boolean;
}

/** Reads the catalogs; a text that French lacks is shown in English. */
export async function loadTranslations(): Promise<Translations> {
  const catalogs: i18n = i18next.createInstance();
  await catalogs.init({
    resources: Object.fromEntries(LOCALES.map((locale) => [locale, { translation: readCatalog(locale) }])),
    fallbackLng: 'en',
    // The templates escape; escaping here too would show &amp; to people.
    interpolation: { escapeValue: false },
    // Scopes are keys too, and hold a colon.
    nsSeparator: false,
    showSupportNotice: false,
  } as Parameters<typeof catalogs.init>[0]);
  const translators = Object.fromEntries(LOCALES.map((locale) => [locale, catalogs.getFixedT(locale)]));
  return {
    translator: (locale) => translators[locale] as Translate,
    has: (locale, key, values = {}) => catalogs.exists(key, { ...values, lng: locale }),
  };
}

export function readCatalog(locale: Locale): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`../locales/${locale}.json`, import.meta.url), 'utf8'));
}

export function isLocale(value: unknown): value is Locale {
  return LOCALES.includes(value as Locale);
}

/** The user's own language, else the one this browser was set to, else the one it asks for. */
export function chooseLocale(from: {
  user: string | undefined;
  cookie: string | undefined;
  request: Parameters<typeof preferredLanguage>[0];
}): Locale {
  if (isLocale(from.user)) return from.user;
  if (isLocale(from.cookie)) return from.cookie;
  return preferredLanguage(from.request);
}
