import type { LogEntry } from '@guichet/contract/logging';
import { csvHeader, csvRecords } from '@guichet/csv';

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
  ['trace_id', (entry) => entry.trace_id],
  ['data', (entry) => JSON.stringify(entry.data)],
  ['hash', (entry) => entry.hash],
];

export const CSV_HEADER = csvHeader(COLUMNS.map(([name]) => name));

export function toCsvRecords(entries: readonly LogEntry[]): string {
  return csvRecords(entries.map((entry) => COLUMNS.map(([, read]) => read(entry))));
}
