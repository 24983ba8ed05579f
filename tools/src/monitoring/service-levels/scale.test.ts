import test from 'ava';
import { duration, secondsOf } from './durations.ts';
import { type RuleGroup, serviceLevelRules } from './rules.ts';
import { scaledExpression, scaledRules } from './scale.ts';

const rulesOf = (groups: readonly RuleGroup[]) => groups.flatMap(({ rules }) => rules);

test('a duration has the largest unit that leaves a whole number', (t) => {
  t.deepEqual([86_400, 5_400, 300, 5, 0.5].map(duration), ['1d', '90m', '5m', '5s', '500ms']);
  for (const text of ['1d', '90m', '5s', '500ms']) t.is(duration(secondsOf(text)), text);
  t.throws(() => secondsOf('soon'));
});

test('windows are divided, and numbers stay', (t) => {
  t.is(
    scaledExpression('sum(increase(a{b="[5m]"}[15m])) > 300 and c > 2 * 86400 or rate(d[1h]) > 1', 60),
    'sum(increase(a{b="[5m]"}[15s])) > 300 and c > 2 * 86400 or rate(d[1m]) > 1',
  );
});

test('the scaled rules are the rules of the chart, in their order, with shorter times only', async (t) => {
  const [real, scaled] = [rulesOf(await scaledRules(1)), rulesOf(await scaledRules(60))];
  t.true(real.length > 90);
  const withoutTimes = (expr: string) => expr.replaceAll(/\[\w+\]/g, '[]').replaceAll(/ \* [\d]+ >=/g, '>=');
  for (const [index, rule] of scaled.entries()) {
    const original = real[index];
    t.deepEqual({ ...rule, expr: withoutTimes(rule.expr), for: null }, {
      ...original,
      expr: withoutTimes(original?.expr ?? ''),
      for: null,
    } as never);
    if (rule.for !== undefined) t.is(secondsOf(rule.for) * 60, secondsOf(original?.for ?? ''));
  }
});

test('the number of events that a fast burn needs stays the same when its window is shorter', (t) => {
  const burn = (scale: number) =>
    rulesOf(serviceLevelRules(scale)).find(({ alert }) => alert === 'GuichetDecisionsFail')?.expr ?? '';
  t.regex(burn(1), /avg_over_time\(bank:decisions_failed:rate5m\{bank=~"\.\*"\}\[1h\]\) \* 3600 >= 10/);
  t.regex(burn(60), /avg_over_time\(bank:decisions_failed:rate5m\{bank=~"\.\*"\}\[1m\]\) \* 60 >= 10/);
});
