// The first match wins: every browser also claims to be others further down the list.
const BROWSERS = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\bChrome\/|\bCriOS\/|\bHeadlessChrome\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
] as const;

const SYSTEMS = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'Mac'],
  [/\bLinux\b/, 'Linux'],
] as const;

/** A short name for a User-Agent ("Firefox, Linux"): the first word if it is no browser, null if there is none. */
export function nameDevice(userAgent: string | null): string | null {
  return partsOfDevice(userAgent)?.join(', ') ?? null;
}

/** The browser and the system of a User-Agent, as far as they are known; the first word if neither is. */
export function partsOfDevice(userAgent: string | null): string[] | null {
  if (userAgent === null || userAgent.trim() === '') return null;
  const find = (names: readonly (readonly [RegExp, string])[]) =>
    names.find(([mark]) => mark.test(userAgent))?.[1];
  const named = [find(BROWSERS), find(SYSTEMS)].filter((name) => name !== undefined);
  return named.length > 0 ? named : [(userAgent.split(/[\s/]/)[0] ?? userAgent).slice(0, 40)];
}
