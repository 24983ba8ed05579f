import type { FaultReport } from './run-faults.ts';
import type { FindingKind } from './tally.ts';

const HEADERS = [
  'fault',
  'operations',
  'failed requests',
  'retries',
  'longest without a decision',
  'lost',
  'doubled',
  'missing in the log',
  'doubled in the log',
  'mails doubled',
  'log caught up after',
];

/** The result of a run as Markdown: a row for each fault, their sum, and what the bank's own checks said. */
export function faultTable({ phases, findings, operations, seconds, mails }: FaultReport): string {
  const count = (kind: FindingKind, phase: number | null | 'all') =>
    findings.filter((one) => one.kind === kind && (phase === 'all' || one.phase === phase)).length;
  const counts = (phase: number | null | 'all') =>
    (['lost', 'doubled', 'log missing', 'log doubled', 'mail doubled'] as const).map((kind) =>
      String(count(kind, phase)),
    );
  const rows = phases.map((phase, index) => [
    phase.name,
    String(phase.acknowledged),
    String(phase.failed),
    String(phase.retries),
    inSeconds(phase.longestWithoutDecisionMs),
    ...counts(index),
    phase.catchUpMs === 0 ? '' : inSeconds(phase.catchUpMs),
  ]);
  const sum = (of: (phase: (typeof phases)[number]) => number) =>
    String(phases.reduce((total, phase) => total + of(phase), 0));
  const unknown = findings.some(({ phase, kind }) => phase === null && kind !== 'books');
  const all = [
    '**all**',
    sum(({ acknowledged }) => acknowledged),
    sum(({ failed }) => failed),
    sum(({ retries }) => retries),
    inSeconds(Math.max(...phases.map(({ longestWithoutDecisionMs }) => longestWithoutDecisionMs))),
    ...counts('all'),
    inSeconds(Math.max(...phases.map(({ catchUpMs }) => catchUpMs))),
  ];
  const books = findings.filter(({ kind }) => kind === 'books').map(({ text }) => text);
  return [
    line(HEADERS),
    `|---|${'--:|'.repeat(HEADERS.length - 1)}`,
    ...rows.map(line),
    ...(unknown ? [line(['unknown', '', '', '', '', ...counts(null), ''])] : []),
    line(all),
    '',
    `${operations} operations in ${Math.round(seconds)} s; ${mails} mails arrived, about their decisions and about the users and accounts before them. ${
      books.length === 0
        ? 'At the end the hash chain verified, the ledger reconciled, and every balance was the sum of what was acknowledged.'
        : `At the end: ${books.join('; ')}.`
    }`,
  ].join('\n');
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
