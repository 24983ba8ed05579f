import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';
import { PROJECT } from '../../project.ts';
import { duration, secondsOf } from './durations.ts';
import { type Rule, type RuleGroup, serviceLevelRules } from './rules.ts';

const ALERTS = join(PROJECT, 'charts', 'guichet', 'charts', 'monitoring', 'rules', 'alerts.yaml');

/**
 * Every rule of the chart, `timeScale` times as fast: each window, interval and `for` is divided by it. Values stay what they are, also ages that are
 * compared with a number of seconds.
 */
export async function scaledRules(timeScale: number): Promise<RuleGroup[]> {
  const { groups } = parse(await readFile(ALERTS, 'utf8')) as { groups: RuleGroup[] };
  return [...serviceLevelRules(timeScale), ...groups.map((group) => scaledGroup(group, timeScale))];
}

function scaledGroup(group: RuleGroup, timeScale: number): RuleGroup {
  return { ...group, rules: group.rules.map((rule) => scaledRule(rule, timeScale)) };
}

function scaledRule(rule: Rule, timeScale: number): Rule {
  return {
    ...rule,
    expr: scaledExpression(rule.expr, timeScale),
    ...(rule.for === undefined ? {} : { for: duration(secondsOf(rule.for) / timeScale) }),
  };
}

/** The expression with its windows divided. */
export function scaledExpression(expression: string, timeScale: number): string {
  const windows: { from: number; to: number }[] = [];
  parser.parse(expression).iterate({
    enter({ name, node }) {
      const window = name === 'MatrixSelector' ? node.getChild('DurationExpr') : null;
      if (window !== null) windows.push(window);
    },
  });
  return windows.reduceRight(
    (text, { from, to }) =>
      text.slice(0, from) + duration(secondsOf(text.slice(from, to)) / timeScale) + text.slice(to),
    expression,
  );
}
