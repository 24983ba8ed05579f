import { ACTIONS, FAMILIES, LEVELS, LOG_SERVICES } from '../../clients/logging.ts';
import type { PageContext } from '../../visit.ts';
import { passDocument } from '../documents.ts';
import { nextHref, readFilters } from '../filters.ts';
import { only, reader, show, signedIn } from '../page.ts';
import { pageRouter } from '../router.ts';
import { chartOf, lastDays } from './chart.ts';
import { mayOpen } from './may-open.ts';

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

/** The number of bars that readers can distinguish; the table beside them has every action. */
const DRAWN_ACTIONS = 14;

/** The log: everyone's own, all of it for agents and the superuser; its charts, its live tail, its export. */
export function logPages() {
  const router = pageRouter();
  const choices = { actions: ACTIONS, families: FAMILIES, levels: LEVELS, services: LOG_SERVICES };

  router.get('/logs', signedIn, async (ctx) => {
    const filters = readFilters(ctx, ...FILTERS, 'cursor');
    const page = await ctx.state.api.logging.entries({ limit: 50, ...filters });
    const { cursor: _cursor, ...asked } = filters;
    show(ctx, 'logs.njk', {
      ...choices,
      entries: page.items,
      mayOpen: await mayOpen(page.items, reader(ctx), ctx.state.api),
      filters,
      asked,
      all: reader(ctx).role !== 'member',
      liveWords: wordsFor(ctx),
      nextPage: nextHref('/logs', filters, page.next),
    });
  });

  router.get('/logs/dashboard', only('agent', 'superuser'), async (ctx) => {
    const filters = readFilters(ctx, ...FILTERS);
    const { calendar } = ctx.state.views;
    const period = filters.from === undefined && filters.to === undefined ? lastDays(30, calendar) : {};
    const asked = { ...period, ...filters };
    const bucket = ctx.query.bucket === 'hour' ? 'hour' : 'day';
    const stats = await ctx.state.api.logging.stats({ ...asked, bucket });
    show(ctx, 'logs-dashboard.njk', {
      ...choices,
      drawnActions: DRAWN_ACTIONS,
      filters: asked,
      filtered: Object.keys(filters).length > 0,
      bucket,
      stats,
      chart: chartOf(stats, asked, bucket, calendar),
    });
  });

  router.get('/logs/export', signedIn, async (ctx) => {
    const format = ctx.query.format === 'ndjson' ? 'ndjson' : 'csv';
    const query = { ...readFilters(ctx, ...FILTERS), format };
    await passDocument(ctx, 'logging', { path: '/api/logs/export', query }, { endless: true });
  });

  router.get('/logs/stream', signedIn, (ctx) => passStream(ctx));

  return router;
}

/** What the live tail's script must say in the reader's language. */
function wordsFor(ctx: PageContext): string {
  const { views, locale } = ctx.state;
  const say = (group: string, names: readonly string[]) =>
    names.map((name) => [name, views.say(locale, `${group}.${name}`, name)] as const);
  return JSON.stringify(Object.fromEntries([...say('actions', ACTIONS), ...say('levels', LEVELS)]));
}

/** A page's script cannot send a token, and a cookie opens no API route: this one listens in the reader's name. */
async function passStream(ctx: PageContext): Promise<void> {
  const lastEventId = ctx.get('last-event-id');
  const query = readFilters(ctx, ...FILTERS);
  ctx.res.setHeader('X-Accel-Buffering', 'no');
  await passDocument(
    ctx,
    'logging',
    { path: '/api/logs/stream', query, lane: 'streams' },
    { endless: true, ...(/^\d+$/.test(lastEventId) ? { lastEventId } : {}) },
  );
}
