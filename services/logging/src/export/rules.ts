import type { LogEntry } from '../entries/present-entry.ts';

export const EXPORT_FORMATS = ['csv', 'ndjson'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const COLUMNS: readonly (readonly [name: string, read: (entry: LogEntry) => string | number | null])[] = [
  ['sequence', (entry) => entry.sequence],
  ['id', (entry) => entry.id],
  ['time', (entry) => entry.time],
  ['level', (entry) => entry.level],
  ['service', (entry) => entry.service],
  ['action', (entry) => entry.action],
  ['actor_id', (entry) => entry.actor?.id ?? null],
  ['actor_username', (entry) => entry.actor?.username ?? null],
  ['actor_role', (entry) => entry.actor?.role ?? null],
  ['subject_type', (entry) => entry.subject?.type ?? null],
  ['subject_id', (entry) => entry.subject?.id ?? null],
  ['operation_id', (entry) => entry.operation_id],
  ['message', (entry) => entry.message],
  ['correlation_id', (entry) => entry.correlation_id],
  ['data', (entry) => JSON.stringify(entry.data)],
  ['hash', (entry) => entry.hash],
];

export const CSV_HEADER = `${COLUMNS.map(([name]) => name).join(',')}\r\n`;

/** An entry as a record of RFC 4180. */
export function toCsvRecord(entry: LogEntry): string {
  return `${COLUMNS.map(([, read]) => csvCell(read(entry))).join(',')}\r\n`;
}

/**
 * A cell of RFC 4180 that no spreadsheet takes for a formula: what would begin like one is led in by an apostrophe
 * (OWASP, CSV Injection).
 */
export function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const harmless = /^[=+\-@\t\r\n＝＋－＠]/.test(value) ? `'${value}` : value;
  return /[",\r\n;\t]/.test(harmless) || harmless !== harmless.trim()
    ? `"${harmless.replaceAll('"', '""')}"`
    : harmless;
}
