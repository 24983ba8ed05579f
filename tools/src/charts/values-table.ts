import { stringify } from 'yaml';
import type { DocumentedValue } from './read-values.ts';

/** A Markdown table of all values with their defaults and descriptions. */
export function valuesTable(values: readonly DocumentedValue[], prefix = ''): string {
  const rows = values.filter(isRead).flatMap((value) => rowsOf(value, prefix));
  return ['| value | default | what it is |', '|---|---|---|', ...rows].join('\n');
}

/** A subchart's `global` has no settings: the chart reads none there. */
function isRead({ name, children }: DocumentedValue): boolean {
  return name !== 'global' || children.length > 0;
}

function rowsOf(value: DocumentedValue, prefix: string): string[] {
  const path = prefix + value.name;
  const workload = value.isWorkload ? ' Also every setting of `defaults`.' : '';
  const own = `| \`${path}\` | ${defaultOf(value)} | ${cell(value.description + workload)} |`;
  return [own, ...value.children.flatMap((child) => rowsOf(child, `${path}.`))];
}

function defaultOf({ value, children }: DocumentedValue): string {
  if (children.length > 0) return '';
  const text = stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
  return `\`${cell(text.includes('\n') ? JSON.stringify(value) : text)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
