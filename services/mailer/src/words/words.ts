import type { OperationKind } from '@guichet/contract';
import type { MailData, MailTemplate } from '@guichet/contract/events';
import type { Letter } from '../letters/letter.ts';

/** What every letter may mention beside its own data. */
export interface Bank {
  readonly name: string;
  readonly publicUrl: string;
}

/** How a language writes what is not words. */
export interface Formats {
  time(rfc3339: string): string;
  money(amountMinor: number | null, currency: string | null): string | null;
}

/** One language's catalogue: a letter for every template, and the words of the frame round it. */
export interface Words {
  readonly letters: {
    readonly [T in MailTemplate]: (data: MailData<T>, bank: Bank, formats: Formats) => Letter;
  };
  greeting(name: string | null): string;
  readonly farewell: string;
  /** What stands between a label and its value. */
  readonly colon: string;
  /** Under the button, for readers whose client shows none. */
  readonly linkFallback: string;
  footer(bank: Bank): string;
}

/** The facts that have a value; what is not known is not shown as an empty line. */
export function known(...facts: [label: string, value: string | null][]): [string, string][] {
  return facts.filter((fact): fact is [string, string] => fact[1] !== null && fact[1] !== '');
}

const DEBITS: ReadonlySet<OperationKind> = new Set(['withdrawal', 'internal_transfer', 'external_transfer']);

/** Whether asking for it reserved money, so that a refusal must say that the money is free again. */
export function reservesMoney(type: OperationKind): boolean {
  return DEBITS.has(type);
}
