import type { OperationStep } from '@guichet/contract';
import { isOpen, STORED_STATUSES, TRANSITIONS } from './life.ts';

const STEPS: readonly [OperationStep, string][] = [
  ['approve_first', 'approve (first of two)'],
  ['approve', 'approve'],
  ['schedule', 'approve (with a date)'],
  ['execute', 'its day'],
  ['fail', 'its day, in vain'],
  ['reject', 'reject'],
  ['cancel', 'cancel'],
  ['expire', 'expire'],
];

/** The life of an operation as the Markdown table in docs/money.md. */
function lifeTable(): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const final = STORED_STATUSES.filter((status) => !isOpen(status));
  return [
    row(['from', ...STEPS.map(([, name]) => name)]),
    `|${'---|'.repeat(STEPS.length + 1)}`,
    ...STORED_STATUSES.filter(isOpen).map((status) =>
      row([status, ...STEPS.map(([step]) => TRANSITIONS[status][step] ?? '–')]),
    ),
    row([final.join(', '), ...STEPS.map(() => '–')]),
  ].join('\n');
}

const TABLE = /(?<=<!-- life of an operation[^>]*-->\n).*?(?=\n<!-- end -->)/s;

/** The document with an up-to-date table between its markers. @throws Error if it has no markers */
export function withLifeTable(document: string): string {
  if (!TABLE.test(document)) throw new Error('the document has no markers for the life of an operation');
  return document.replace(TABLE, lifeTable());
}
