import { LOG_LEVELS, SERVICES } from '@guichet/contract';
import { LOG_ACTIONS, LOG_FAMILIES, LOG_TOPICS } from '@guichet/contract/events';
import type { PageContext } from '../../request-context.ts';
import { askedForHere, proxyDocument } from '../documents.ts';
import { addressOf, openList } from '../lists/open-list.ts';
import { verifyEntries } from '../operations/verify-entries.ts';
import { currentUser, render, signedIn } from '../page.ts';
import { pageRouter } from '../router.ts';
import { showActivity } from './activity.ts';
import { canOpen } from './can-open.ts';
import { chipsOf, periodChoice } from './chips.ts';
import { showDashboard } from './dashboard.ts';
import { describeEntry } from './describe-entry.ts';
import { csvFileName, csvOfLog } from './export-csv.ts';
import { liveRows } from './live-rows.ts';
import { filtersOfLog } from './log-filters.ts';
import { nameActor } from './name-actor.ts';
import { showOwnDashboard } from './own-dashboard.ts';

/** The audit log: members read their own activity in sentences, agents and the superuser every entry; with charts, live tail and export. */
export function logPages() {
  const router = pageRouter();
  const choices = {
    actions: Object.keys(LOG_ACTIONS),
    families: LOG_FAMILIES,
    levels: LOG_LEVELS,
    services: SERVICES,
    topics: LOG_TOPICS,
  };

  router.get('/logs', signedIn, async (ctx) => {
    if (currentUser(ctx).role === 'member') return showActivity(ctx);
    const { views, locale } = ctx.state;
    const list = openList(ctx, 'logs');
    const page = await ctx.state.api.logging.entries({
      limit: list.limit,
      ...filtersOfLog(list, views.calendar),
      cursor: list.cursor,
    });
    const { operation } = list.values;
    const isVerified = operation !== undefined && ctx.query.verify === '1';
    render(ctx, 'logs.njk', {
      ...choices,
      verifyHref:
        operation === undefined ? null : list.href({}, '/logs', { cursor: list.cursor, verify: '1' }),
      isVerified,
      verification: isVerified ? await verifyEntries(ctx, operation) : null,
      entries: page.items.map((entry) => ({
        ...entry,
        text: describeEntry(ctx, entry).sentence,
        who: nameActor(views, locale, entry),
      })),
      mayOpen: await canOpen(ctx, page.items),
      list,
      filtered: Object.keys(list.values).length > 0,
      chips: await chipsOf(ctx, list),
      period: periodChoice(ctx, list),
      opened: Object.keys(list.values).some((name) => !['from', 'to', 'period'].includes(name)),
      hrefOf: (filter: Record<string, string>) => addressOf(ctx, 'logs', filter, '/logs'),
      nextPage: list.nextHref(page.next),
    });
  });

  router.get('/logs/dashboard', signedIn, (ctx) =>
    currentUser(ctx).role === 'member' ? showOwnDashboard(ctx) : showDashboard(ctx, choices),
  );

  router.get('/logs/export', signedIn, askedForHere('/logs'), async (ctx) => {
    const query = { ...filtersOfLog(openList(ctx, 'logs'), ctx.state.views.calendar), format: 'ndjson' };
    const rewriting =
      ctx.query.format === 'ndjson'
        ? {}
        : {
            rewriting: {
              type: 'text/csv; charset=utf-8',
              fileName: csvFileName(ctx),
              rewrite: csvOfLog(ctx),
            },
          };
    await proxyDocument(
      ctx,
      'logging',
      { path: '/api/logs/export', query },
      { unlimited: true, ...rewriting },
    );
  });

  router.get('/logs/stream', signedIn, (ctx) => streamEntries(ctx));

  return router;
}

/** Scripts have no token and API routes accept no cookie, so this route streams as the current user. */
async function streamEntries(ctx: PageContext): Promise<void> {
  const lastEventId = ctx.get('last-event-id');
  const query = filtersOfLog(openList(ctx, 'logs'), ctx.state.views.calendar);
  ctx.res.setHeader('X-Accel-Buffering', 'no');
  await proxyDocument(
    ctx,
    'logging',
    { path: '/api/logs/stream', query, lane: 'streams' },
    {
      unlimited: true,
      ...(/^\d+$/.test(lastEventId) ? { lastEventId } : {}),
      rewriting: { type: 'text/event-stream; charset=utf-8', rewrite: liveRows(ctx) },
    },
  );
}
