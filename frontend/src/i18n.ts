import { readFileSync } from 'node:fs';
import i18next, { type i18n, type TFunction } from 'i18next';

export const LOCALES = ['en', 'fr'] as const;
export type Locale = (typeof LOCALES)[number];

export type Translate = TFunction;

/** Says a key of locales/<locale>.json. A key that is missing shows as itself; a test holds that none is. */
export interface Translations {
  translator(locale: Locale): Translate;
  has(locale: Locale, key: string): boolean;
}

/** Reads the catalogs; English stands in where French has no word. */
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
    has: (locale, key) => catalogs.exists(key, { lng: locale }),
  };
}

/** One catalog as it is written down. */
export function readCatalog(locale: Locale): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`../locales/${locale}.json`, import.meta.url), 'utf8'));
}

export function isLocale(value: unknown): value is Locale {
  return LOCALES.includes(value as Locale);
}

/** The language to speak: what the person has set, else what this browser was told, else what it asks for. */
export function chooseLocale(from: {
  user: string | undefined;
  cookie: string | undefined;
  acceptLanguage: string | undefined;
}): Locale {
  if (isLocale(from.user)) return from.user;
  if (isLocale(from.cookie)) return from.cookie;
  return preferredLocale(from.acceptLanguage ?? '');
}

/** The first of our languages in an Accept-Language header, by weight (RFC 9110 §12.5.4). */
function preferredLocale(acceptLanguage: string): Locale {
  const wanted = acceptLanguage
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().split(';');
      const weight = parameters.map((parameter) => /^\s*q=([\d.]+)/.exec(parameter)?.[1]).find(Boolean);
      return {
        language: tag.trim().slice(0, 2).toLowerCase(),
        weight: weight === undefined ? 1 : Number(weight),
      };
    })
    .filter(({ language, weight }) => isLocale(language) && weight > 0)
    .sort((a, b) => b.weight - a.weight);
  return (wanted[0]?.language as Locale | undefined) ?? 'en';
}
