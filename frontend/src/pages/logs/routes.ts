import { LOG_LEVELS, SERVICES } from '@guichet/contract';
import { LOG_ACTIONS, LOG_FAMILIES } from '@guichet/contract/events';
import type { PageContext } from '../../request-context.ts';
import { proxyDocument } from '../documents.ts';
import { addressOf, type OpenList, openList } from '../lists/open-list.ts';
import { currentUser, render, requireRole, signedIn } from '../page.ts';
import { pageRouter } from '../router.ts';
import { showActivity } from './activity.ts';
import { canOpen } from './can-open.ts';
import { chartOf, lastDays } from './chart.ts';
import { findSentence } from './sentence.ts';

/** As many bars as can be told apart; the table next to them has every action. */
const DRAWN_ACTIONS = 14;

/** The audit log: members read their own activity in sentences, agents and the superuser every entry; with charts, live tail and export. */
export function logPages() {
  const router = pageRouter();
  const choices = {
    actions: Object.keys(LOG_ACTIONS),
    families: LOG_FAMILIES,
    levels: LOG_LEVELS,
    services: SERVICES,
  };

  router.get('/logs', signedIn, async (ctx) => {
    if (currentUser(ctx).role === 'member') return showActivity(ctx);
    const { views, locale } = ctx.state;
    const list = openList(ctx, 'logs');
    const page = await ctx.state.api.logging.entries({
      limit: list.limit,
      ...queryOf(list),
      cursor: list.cursor,
    });
    render(ctx, 'logs.njk', {
      ...choices,
      entries: page.items.map((entry) => ({
        ...entry,
        text: findSentence(views, locale, entry) ?? entry.message,
      })),
      mayOpen: await canOpen(ctx, page.items),
      list,
      filtered: Object.keys(queryOf(list)).length > 0,
      correlationHref: (correlation_id: string) => addressOf(ctx, 'logs', { correlation_id }, '/logs'),
      liveTexts: liveLogTexts(ctx),
      nextPage: list.nextHref(page.next),
    });
  });

  router.get('/logs/dashboard', requireRole('agent', 'superuser'), async (ctx) => {
    const list = openList(ctx, 'logs');
    const { calendar } = ctx.state.views;
    const { from, to, bucket: wanted } = list.values;
    const period = from === undefined && to === undefined ? lastDays(30, calendar) : {};
    const bucket = wanted === 'hour' ? 'hour' : 'day';
    const stats = await ctx.state.api.logging.stats({ ...period, ...queryOf(list), bucket });
    const entriesHref = (more: Parameters<typeof list.href>[0] = {}) =>
      list.href({ ...period, ...more, bucket: undefined }, '/logs');
    render(ctx, 'logs-dashboard.njk', {
      ...choices,
      drawnActions: DRAWN_ACTIONS,
      list,
      filters: { ...period, ...list.values },
      filtered: Object.keys(queryOf(list)).length > 0,
      bucket,
      stats,
      entriesHref,
      chart: chartOf(stats, entriesHref, bucket, calendar),
    });
  });

  router.get('/logs/export', signedIn, async (ctx) => {
    const format = ctx.query.format === 'ndjson' ? 'ndjson' : 'csv';
    const query = { ...queryOf(openList(ctx, 'logs')), format };
    await proxyDocument(ctx, 'logging', { path: '/api/logs/export', query }, { unlimited: true });
  });

  router.get('/logs/stream', signedIn, (ctx) => streamEntries(ctx));

  return router;
}

/** The filters of the log itself; the chart's scale and the topics of a member's activity are none. */
function queryOf({ values }: OpenList<'logs'>) {
  const { bucket: _bucket, topic: _topic, ...query } = values;
  return query;
}

/** The texts that the live tail's script needs, in the user's language. */
function liveLogTexts(ctx: PageContext): string {
  const { views, locale } = ctx.state;
  const entries = (group: string, names: readonly string[]) =>
    names.map((name) => [name, views.t(locale, `${group}.${name}`, name)] as const);
  return JSON.stringify(
    Object.fromEntries([...entries('actions', Object.keys(LOG_ACTIONS)), ...entries('levels', LOG_LEVELS)]),
  );
}

/** Scripts have no token and API routes accept no cookie, so this route streams as the current user. */
async function streamEntries(ctx: PageContext): Promise<void> {
  const lastEventId = ctx.get('last-event-id');
  const query = queryOf(openList(ctx, 'logs'));
  ctx.res.setHeader('X-Accel-Buffering', 'no');
  await proxyDocument(
    ctx,
    'logging',
    { path: '/api/logs/stream', query, lane: 'streams' },
    { unlimited: true, ...(/^\d+$/.test(lastEventId) ? { lastEventId } : {}) },
  );
}
