/** A table in Markdown, its columns aligned. */
export function printedTable(
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const lines = [header, ...rows].map((row) => row.map(String));
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const print = (line: readonly string[]) =>
    `| ${line.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [print(lines[0] ?? []), rule, ...lines.slice(1).map(print)].join('\n');
}

export function rounded(value: number, digits = 1): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

/** A number as the pages write it: 21 504. */
export function grouped(value: number, digits = 1): string {
  return rounded(value, digits)
    .toLocaleString('en-US', { maximumFractionDigits: digits })
    .replaceAll(',', ' ');
}
