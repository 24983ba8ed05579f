import { NOT_PROVOKED } from './drills/index.ts';
import type { DrilledAlert } from './run-drill.ts';

/** The results in Markdown, for the page of the drill. */
export function drillTable(results: readonly DrilledAlert[]): string {
  return [
    '| alert | severity | fault | fired after | runbook | commands of the page | and | resolved after |',
    '|---|---|---|---|---|---|---|---|',
    ...results.map(row),
    '',
    'Not provoked:',
    '',
    '| alert | severity | why |',
    '|---|---|---|',
    ...Object.entries(NOT_PROVOKED).map(([alert, why]) => `| ${alert.replace(' ', ' | ')} | ${why} |`),
  ].join('\n');
}

function row(result: DrilledAlert): string {
  const { alert, fault, page, commands, repair, firedAfterMs, resolvedAfterMs, failure } = result;
  const cells = [
    ...alert.split(' '),
    fault,
    firedAfterMs === 0 ? 'fired already' : seconds(firedAfterMs),
    page === '' ? '–' : `[${page.replace('.md', '')}](${page})`,
    commands.length === 0 ? '–' : commands.map(shortened).join('<br>'),
    repair === '' ? '–' : repair,
    failure === null ? seconds(resolvedAfterMs) : `**failed**: ${failure.split('\n')[0]}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** The part of a command that says what it does: what a pod executes, or the statement. */
function shortened(command: string): string {
  const statement = /<<SQL\n(.*)/.exec(command)?.[1];
  const inPod = / -- (.*)$/s.exec(command)?.[1];
  const text = statement ?? inPod ?? command;
  const [line = ''] = text.split('\n');
  return `\`${line.replaceAll('|', '\\|').slice(0, 70).trim()}${line.length > 70 ? ' …' : ''}\``;
}

function seconds(ms: number | null): string {
  return ms === null ? '–' : `${(ms / 1000).toFixed(1)} s`;
}

/** The table of a page with the rows of these results in place of older ones; the others stay. */
export function mergedTable(
  before: string,
  results: readonly DrilledAlert[],
  order: readonly string[],
): string {
  const keyOf = (line: string) => /^\| (Guichet\w+) \| (\w+) \|/.exec(line)?.slice(1).join(' ');
  const rows = new Map<string, string>();
  for (const line of before.split('\n')) {
    const key = keyOf(line);
    if (key !== undefined && !(key in NOT_PROVOKED)) rows.set(key, line);
  }
  for (const result of results) rows.set(result.alert, row(result));
  const [head = '', rule = '', ...rest] = drillTable([]).split('\n');
  const sorted = order.flatMap((alert) => rows.get(alert) ?? []);
  return [head, rule, ...sorted, ...rest].join('\n');
}
