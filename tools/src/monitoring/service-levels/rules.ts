import { duration } from './durations.ts';
import {
  BUDGET_DAYS,
  BURNS,
  BURNS_FOR_SECONDS,
  type Burn,
  DAY,
  LEAST_EVENTS,
  OBJECTIVES,
  type Objective,
  type Severity,
  SHORTEST_SECONDS,
  WINDOWS_SECONDS,
} from './objectives.ts';

export interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface RuleGroup {
  name: string;
  interval?: string;
  rules: Rule[];
}

export const RUNBOOKS = 'https://github.com/guichet-bank/guichet/blob/main/docs/operations/';

const LONG_FROM_SECONDS = 2 * 3600;
const BUDGET_SECONDS = BUDGET_DAYS * DAY;

/**
 * The recording rules and alerts of the objectives. Every time in them, other than what an objective itself promises, is divided by `timeScale`; names keep the
 * true windows.
 */
export function serviceLevelRules(timeScale = 1): RuleGroup[] {
  const time = (seconds: number) => duration(seconds / timeScale);
  const recorded = recordingRules(time);
  const within = (from: number, below: number) =>
    WINDOWS_SECONDS.filter((window) => window > SHORTEST_SECONDS && window >= from && window < below);
  return [
    {
      name: 'guichet-slo',
      interval: time(30),
      rules: [...recorded.rates, ...recorded.ratios(within(0, LONG_FROM_SECONDS))],
    },
    {
      name: 'guichet-slo-long',
      interval: time(120),
      rules: recorded.ratios(within(LONG_FROM_SECONDS, Infinity)),
    },
    { name: 'guichet-slo-budget', interval: time(600), rules: recorded.ratios([BUDGET_SECONDS]) },
    { name: 'guichet-slo-burn', rules: OBJECTIVES.flatMap((one) => burnAlerts(one, time, timeScale)) },
  ];
}

type Time = (seconds: number) => string;

/** The name of a recorded ratio. */
export function ratioOf({ series }: Objective, windowSeconds: number): string {
  return `${series}:ratio_rate${duration(windowSeconds)}`;
}

function recordingRules(time: Time) {
  const rates = new Map<string, Rule>();
  const add = (record: string, expr: string) => rates.set(record, { record, expr });
  for (const objective of OBJECTIVES) {
    const { series, measure } = objective;
    if (measure.kind === 'state') {
      add(`${series}:bool`, measure.isBad);
      add(ratioOf(objective, SHORTEST_SECONDS), averageOf(`${series}:bool`, time(SHORTEST_SECONDS)));
      continue;
    }
    const shortest = time(SHORTEST_SECONDS);
    add(`${measure.allSeries}:rate5m`, measure.all(shortest));
    add(`${series}:rate5m`, measure.bad(shortest));
    add(
      ratioOf(objective, SHORTEST_SECONDS),
      `${selected(`${series}:rate5m`)} / ${selected(`${measure.allSeries}:rate5m`)}`,
    );
  }
  return {
    rates: [...rates.values()],
    ratios: (windows: readonly number[]): Rule[] =>
      windows.flatMap((window) =>
        OBJECTIVES.map((objective) => ({
          record: ratioOf(objective, window),
          expr: ratio(objective, time(window)),
        })),
      ),
  };
}

/** A window counts each event once, whenever it happened: the sums are divided, not the shares averaged. */
function ratio({ series, measure }: Objective, window: string): string {
  if (measure.kind === 'state') return averageOf(`${series}:bool`, window);
  const sumOf = (name: string) => `sum_over_time(${selected(name)}[${window}])`;
  return `${sumOf(`${series}:rate5m`)} / ${sumOf(`${measure.allSeries}:rate5m`)}`;
}

function averageOf(series: string, window: string): string {
  return `avg_over_time(${selected(series)}[${window}])`;
}

function selected(series: string): string {
  return `${series}{bank=~".*"}`;
}

function burnAlerts(objective: Objective, time: Time, timeScale: number): Rule[] {
  const { alert, budget } = objective;
  const severities = new Map<Severity, Burn[]>();
  for (const burn of BURNS) {
    const severity = alert[burn.speed];
    severities.set(severity, [...(severities.get(severity) ?? []), burn]);
  }
  return [...severities].map(([severity, burns]) => ({
    alert: alert.name,
    expr: burns.map((burn) => `(\n  ${conditions(objective, burn, time, timeScale)}\n)`).join('\nor\n'),
    for: time(Math.min(...burns.map(({ speed }) => BURNS_FOR_SECONDS[speed]))),
    labels: { severity },
    annotations: {
      summary: alert.summary,
      description: `{{ $value | humanizePercentage }} ${alert.share}; the budget is ${percent(budget)}. At this rate a month's budget is used up ${usedUp(burns)}.`,
      runbook_url: `${RUNBOOKS}${alert.runbook}.md`,
    },
  }));
}

function conditions(objective: Objective, burn: Burn, time: Time, timeScale: number): string {
  const { series, budget, measure } = objective;
  const { rate, longSeconds, shortSeconds, speed } = burn;
  const burning = [longSeconds, shortSeconds].map(
    (window) => `${selected(ratioOf(objective, window))} > ${rate} * ${budget}`,
  );
  if (speed === 'fast' && measure.kind === 'events')
    burning.push(
      `${averageOf(`${series}:rate5m`, time(longSeconds))} * ${longSeconds / timeScale} >= ${LEAST_EVENTS}`,
    );
  return burning.join('\n  and ');
}

/** In days, from the burn rates. */
function usedUp(burns: readonly Burn[]): string {
  const days = burns.map(({ rate }) => Math.round(BUDGET_DAYS / rate));
  const [least, most] = [Math.min(...days), Math.max(...days)];
  return most === BUDGET_DAYS ? 'before the end of the month' : `in ${least} to ${most} days`;
}

export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}
