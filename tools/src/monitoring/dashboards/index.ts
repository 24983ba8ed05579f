import { budgetDashboard } from './budgets.ts';
import type { Dashboard } from './dashboard.ts';
import { logDashboard } from './log.ts';
import { moneyDashboard } from './money.ts';
import { serviceDashboard } from './service.ts';

export const DASHBOARDS: readonly Dashboard[] = [
  serviceDashboard,
  moneyDashboard,
  logDashboard,
  budgetDashboard,
];
