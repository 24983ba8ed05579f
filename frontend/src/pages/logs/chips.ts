import { FORGOTTEN } from '@guichet/contract/logging';
import type { PageContext } from '../../request-context.ts';
import type { OpenList } from '../lists/open-list.ts';
import { settle } from '../settle.ts';
import { PERIODS } from './periods.ts';

/** A filter in use, and the address without it. */
export interface Chip {
  name: string;
  value: string;
  href: string;
}

type LogList = OpenList<'logs'>;
type Name = keyof LogList['values'];

/** The group of the catalog that has the texts of a filter's values. */
const GROUPS: Partial<Record<Name, string>> = {
  level: 'levels',
  topic: 'log_topics',
  outcome: 'log_outcomes',
  period: 'log_periods',
};

/** The filters in use, each of which can be removed on its own. */
export async function chipsOf(ctx: PageContext, list: LogList): Promise<Chip[]> {
  const { views, locale } = ctx.state;
  const { from, to, period, ...others } = list.values;
  const hasTimes = from !== undefined || to !== undefined;
  const shown = { ...others, ...(hasTimes ? { from, to } : { period }) } as LogList['values'];
  const actor = shown.actor === undefined ? '' : await nameOfActor(ctx, shown.actor);
  const text = (name: Name, value: string): string => {
    const group = GROUPS[name];
    if (group !== undefined) return views.t(locale, `${group}.${value}`, value);
    if (name === 'from' || name === 'to') return timeText(ctx, value);
    if (name === 'actor') return actor;
    if (name === 'decision') return views.t(locale, 'logs.decisions_only', value);
    if (name === 'type_action')
      return views.t(locale, `families.${value}`, views.t(locale, `actions.${value}`, value));
    return value;
  };
  return (Object.entries(shown) as [Name, string | undefined][]).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [
          {
            name: views.t(locale, `log_filters.${name}`, name),
            value: text(name, value),
            href: list.href({ [name]: undefined, ...(hasTimes ? { period: undefined } : {}) }),
          },
        ],
  );
}

/** The periods that end now, as links; and the times of a custom one for its form, in the bank's zone. */
export function periodChoice(ctx: PageContext, list: LogList, usual: string | null = null) {
  const { views, locale } = ctx.state;
  const { from, to, period } = list.values;
  const isCustom = from !== undefined || to !== undefined;
  const given = views.calendar.period({ from, to });
  const local = (time: Date | null): string =>
    time === null ? '' : views.formatsOf(locale).sortableTime(time).replace(' ', 'T').replace(/:00$/, '');
  return {
    isCustom,
    from: local(given.from),
    to: local(given.to),
    zone: views.calendar.zone,
    action: list.href({ period: undefined }),
    presets: PERIODS.map((name) => ({
      name,
      href: list.href({ period: name, from: undefined, to: undefined }),
      current: !isCustom && name === (period ?? usual),
    })),
  };
}

/** The name of a user as the log says it; the end of the id if it says none. */
export async function nameOfActor(ctx: PageContext, id: string): Promise<string> {
  const { api, views, locale } = ctx.state;
  const page = await settle(ctx, 'log', api.logging.entries({ actor: id, limit: 1 }));
  const username = page?.items[0]?.actor?.username;
  if (username === undefined) return `…${id.slice(-8)}`;
  return username === FORGOTTEN ? views.t(locale, 'logs.deleted_user', username) : username;
}

function timeText(ctx: PageContext, value: string): string {
  const { views, locale } = ctx.state;
  const { date, dateTime } = views.formatsOf(locale);
  return /T/.test(value) ? dateTime(value) : date(`${value}T12:00:00Z`);
}
