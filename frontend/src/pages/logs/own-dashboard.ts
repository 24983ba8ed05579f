import type { PageContext } from '../../request-context.ts';
import { openList } from '../lists/open-list.ts';
import { currentUser, render } from '../page.ts';
import { barsOf, chooseBucket, drawBars } from './chart.ts';
import { chipsOf, periodChoice } from './chips.ts';
import { labelOf } from './dashboard.ts';
import { filtersOfLog } from './log-filters.ts';
import { shownPeriod } from './periods.ts';

/** The actions that have a sentence of their own; others are named. */
export const OWN_SENTENCES = [
  ...['LOGIN', 'LOGIN_FAILED', 'LOGOUT', 'RECOVERY_REQUESTED', 'PROFILE_UPDATED', 'MAIL_DEAD_LETTERED'],
  ...['TRANSFER', 'DEPOSIT', 'WITHDRAWAL'].flatMap((kind) =>
    ['REQUESTED', 'POSTED', 'REJECTED', 'CANCELLED', 'EXPIRED'].map((outcome) => `${kind}_${outcome}`),
  ),
];

/** How much a member did, and how much was done to what is theirs: in sentences, and day by day. */
export async function showOwnDashboard(ctx: PageContext): Promise<void> {
  currentUser(ctx);
  const list = openList(ctx, 'logs');
  const { api, views, locale } = ctx.state;
  const now = new Date();
  const period = shownPeriod(list.values, views.calendar, now);
  const bucket = chooseBucket(period);
  const times = { from: period.from?.toISOString(), to: period.to.toISOString() };
  const stats = await api.logging.stats({ ...filtersOfLog(list, views.calendar, now), ...times, bucket });
  const entriesHref = (more: Parameters<typeof list.href>[0] = {}): string =>
    list.href({ period: undefined, ...times, ...more }, '/logs');
  const { bars, step } = barsOf(stats.series, bucket, period, views.calendar);
  // A member doesn't distinguish levels.
  const plain = bars.map((bar) => ({ ...bar, info: bar.total, warning: 0, error: 0 }));
  const { ticks, drawn } = drawBars(plain);
  render(ctx, 'activity-dashboard.njk', {
    list,
    chips: await chipsOf(ctx, list),
    period: periodChoice(ctx, list, '30d'),
    bucket,
    step,
    total: stats.total,
    entriesHref,
    ticks,
    bars: plain.map((bar, index) => ({
      ...bar,
      label: labelOf(ctx, bar, bucket, step),
      segments: drawn[index],
      href: entriesHref({ from: bar.from, to: bar.to }),
    })),
    rows: Object.entries(stats.by_action)
      .sort(([, a], [, b]) => b - a)
      .map(([action, count]) => ({
        name: OWN_SENTENCES.includes(action)
          ? views.t(locale, `own_activity.${action}`, action, { count })
          : views.t(locale, `actions.${action}`, action),
        count,
        href: entriesHref({ type_action: action }),
      })),
  });
}
