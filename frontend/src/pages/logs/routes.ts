import { LOG_LEVELS, SERVICES } from '@guichet/contract';
import { LOG_ACTIONS, LOG_FAMILIES } from '@guichet/contract/events';
import type { PageContext } from '../../request-context.ts';
import { proxyDocument } from '../documents.ts';
import { nextHref, readFilters } from '../filters.ts';
import { currentUser, render, requireRole, signedIn } from '../page.ts';
import { pageRouter } from '../router.ts';
import { canOpen } from './can-open.ts';
import { chartOf, lastDays } from './chart.ts';

const FILTERS = [
  'user',
  'type_action',
  'level',
  'service',
  'from',
  'to',
  'q',
  'correlation_id',
  'operation',
] as const;

/** As many bars as can be told apart; the table next to them has every action. */
const DRAWN_ACTIONS = 14;

/** The audit log: members see their own entries, agents and the superuser all; with charts, live tail and export. */
export function logPages() {
  const router = pageRouter();
  const choices = {
    actions: Object.keys(LOG_ACTIONS),
    families: LOG_FAMILIES,
    levels: LOG_LEVELS,
    services: SERVICES,
  };

  router.get('/logs', signedIn, async (ctx) => {
    const filters = readFilters(ctx, ...FILTERS, 'cursor');
    const page = await ctx.state.api.logging.entries({ limit: 50, ...filters });
    const { cursor: _cursor, ...activeFilters } = filters;
    render(ctx, 'logs.njk', {
      ...choices,
      entries: page.items,
      mayOpen: await canOpen(ctx, page.items),
      filters,
      activeFilters,
      all: currentUser(ctx).role !== 'member',
      liveTexts: liveLogTexts(ctx),
      nextPage: nextHref('/logs', filters, page.next),
    });
  });

  router.get('/logs/dashboard', requireRole('agent', 'superuser'), async (ctx) => {
    const filters = readFilters(ctx, ...FILTERS);
    const { calendar } = ctx.state.views;
    const period = filters.from === undefined && filters.to === undefined ? lastDays(30, calendar) : {};
    const filtersInPeriod = { ...period, ...filters };
    const bucket = ctx.query.bucket === 'hour' ? 'hour' : 'day';
    const stats = await ctx.state.api.logging.stats({ ...filtersInPeriod, bucket });
    render(ctx, 'logs-dashboard.njk', {
      ...choices,
      drawnActions: DRAWN_ACTIONS,
      filters: filtersInPeriod,
      filtered: Object.keys(filters).length > 0,
      bucket,
      stats,
      chart: chartOf(stats, filtersInPeriod, bucket, calendar),
    });
  });

  router.get('/logs/export', signedIn, async (ctx) => {
    const format = ctx.query.format === 'ndjson' ? 'ndjson' : 'csv';
    const query = { ...readFilters(ctx, ...FILTERS), format };
    await proxyDocument(ctx, 'logging', { path: '/api/logs/export', query }, { unlimited: true });
  });

  router.get('/logs/stream', signedIn, (ctx) => streamEntries(ctx));

  return router;
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
  const query = readFilters(ctx, ...FILTERS);
  ctx.res.setHeader('X-Accel-Buffering', 'no');
  await proxyDocument(
    ctx,
    'logging',
    { path: '/api/logs/stream', query, lane: 'streams' },
    { unlimited: true, ...(/^\d+$/.test(lastEventId) ? { lastEventId } : {}) },
  );
}
