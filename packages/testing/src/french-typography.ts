const NO_BREAK_SPACE = '\u00a0';

/** Text to which French typography doesn't apply: addresses, code in backticks and times of day. */
const EXEMPT = /https?:\/\/\S+|`[^`]*`|\b\d{1,2}:\d{2}\b/g;

const RULES: readonly (readonly [fault: string, pattern: RegExp])[] = [
  ['an ASCII apostrophe', /'/],
  ['no NO-BREAK SPACE before a sign', new RegExp(`(?<![${NO_BREAK_SPACE}])[:;!?»]`, 'u')],
  ['no NO-BREAK SPACE after «', new RegExp(`«(?!${NO_BREAK_SPACE})`, 'u')],
  ['an ordinary space within an amount', /\d (?:\d{3}(?!\d)|[€$£%])/u],
  ['an ordinary space before a unit', /\d (?:minutes|heures|caractères|lettres|milliards|millions)/u],
];

/** The faults in the typography of a French text; empty if there are none. Every catalogue is checked with it. */
export function frenchTypographyFaults(text: string): string[] {
  const prose = text.replaceAll(EXEMPT, '');
  return RULES.filter(([, pattern]) => pattern.test(prose)).map(([fault]) => fault);
}
