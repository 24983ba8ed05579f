import { duration } from '../service-levels/durations.ts';
import { BUDGET_DAYS, BURNS, DAY, OBJECTIVES, type Objective } from '../service-levels/objectives.ts';
import { percent, ratioOf } from '../service-levels/rules.ts';
import type { Dashboard, Panel, Query } from './dashboard.ts';

const OF_BANK = '{bank="$bank"}';
const BUDGET_SECONDS = BUDGET_DAYS * DAY;

function legendOf({ by }: Objective): string {
  return by.includes('service') ? '{{service}}' : 'bank';
}

/** The part of the budget that is left, by service where there are several. */
function left(objective: Objective): Query {
  return {
    expr: `1 - ${ratioOf(objective, BUDGET_SECONDS)}${OF_BANK} / ${objective.budget}`,
    legend: legendOf(objective),
  };
}

function burnRate(objective: Objective, windowSeconds: number): Query {
  const window = duration(windowSeconds);
  const service = objective.by.includes('service') ? '{{service}} ' : '';
  return {
    expr: `${ratioOf(objective, windowSeconds)}${OF_BANK} / ${objective.budget}`,
    legend: `${service}${window}`,
  };
}

/** How long the budget lasts, in days, at the rate of the last six hours. */
function lastsFor(objective: Objective): Query {
  const budget = `(1 - ${ratioOf(objective, BUDGET_SECONDS)}${OF_BANK} / ${objective.budget})`;
  return {
    expr: `clamp_min(${budget}, 0) * ${BUDGET_SECONDS} / (${ratioOf(objective, 6 * 3600)}${OF_BANK} / ${objective.budget} > 0)`,
    legend: legendOf(objective),
  };
}

const overview: Panel[] = OBJECTIVES.map((objective) => ({
  kind: 'stat',
  title: `Left: ${objective.title}`,
  description: `The part that is left of the error budget of ${BUDGET_DAYS} days (${percent(objective.budget)}). Counts as bad: ${objective.countsAsBad}. Below zero, the objective isn't met.`,
  queries: [left(objective)],
  unit: 'percentunit',
  lowIsBad: { warnBelow: 0.25, badBelow: 0 },
  width: 8,
}));

const [first, ...others] = BURNS;

function panelsOf(objective: Objective): Panel[] {
  return [
    {
      kind: 'timeseries',
      title: 'Burn rate',
      description: `How many times as fast as allowed the budget is used, over an hour, six hours and three days. 1 uses it up in ${BUDGET_DAYS} days; ${first?.rate} in two raises a fast alert. Slow: ${others.map(({ rate }) => rate).join(', ')}.`,
      queries: [3600, 6 * 3600, 3 * DAY].map((window) => burnRate(objective, window)),
      warnFrom: 1,
      badFrom: 6,
      width: 10,
    },
    {
      kind: 'timeseries',
      title: 'Budget left',
      description: `The part of the budget that is left, counted over the ${BUDGET_DAYS} days before each moment. It rises again when a bad day leaves the window.`,
      queries: [left(objective)],
      unit: 'percentunit',
      isBelowZero: true,
      width: 8,
    },
    {
      kind: 'stat',
      title: 'Lasts for',
      description:
        'How long the rest of the budget lasts at the rate of the last six hours; no value while nothing is bad.',
      queries: [lastsFor(objective)],
      unit: 's',
      lowIsBad: { warnBelow: 10 * DAY, badBelow: 2 * DAY },
      width: 6,
    },
  ];
}

export const budgetDashboard: Dashboard = {
  uid: 'guichet-budgets',
  title: 'Guichet: error budgets',
  description: 'The error budgets of the service levels: how much of each is left, and how fast it is used.',
  rows: [
    { title: `What is left of ${BUDGET_DAYS} days`, panels: overview },
    ...OBJECTIVES.map((objective) => ({
      title: `${objective.title[0]?.toUpperCase()}${objective.title.slice(1)}: ${percent(1 - objective.budget)}`,
      panels: panelsOf(objective),
    })),
  ],
};
