import type { MailData, MailTemplate } from '@guichet/contract/events';
import type { Letter } from '../letters/letter.ts';

/** What every letter may mention in addition to its own data. */
export interface Bank {
  readonly name: string;
  readonly publicUrl: string;
}

/** How a language writes times and amounts. */
export interface Formats {
  time(rfc3339: string): string;
  /** A date, `2026-10-31`. */
  date(date: string): string;
  money(amountMinor: number | null, currency: string | null): string | null;
}

/** One language's catalogue: a letter for every template, and the text of the frame around it. */
export interface Words {
  readonly letters: {
    readonly [T in MailTemplate]: (data: MailData<T>, bank: Bank, formats: Formats) => Letter;
  };
  greeting(name: string | null): string;
  readonly farewell: string;
  /** Between a label and its value. */
  readonly colon: string;
  /** Below the button, for mail clients that show no button. */
  readonly linkFallback: string;
  footer(bank: Bank): string;
  /** The link by which the reader refuses such mails. */
  readonly unsubscribe: string;
}

/** The facts that have a value: an unknown value is left out. */
export function known(...facts: [label: string, value: string | null][]): [string, string][] {
  return facts.filter((fact): fact is [string, string] => fact[1] !== null && fact[1] !== '');
}
