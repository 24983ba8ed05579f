import type { InboxCounts, Operation } from '@guichet/contract/accounts';
import type { UserList } from '@guichet/contract/auth';
import type { LogEntry } from '@guichet/contract/logging';
import { Problem } from '@guichet/errors';
import type { Dispatcher } from 'undici';
import { open, send } from '../../clients/call.ts';
import { isPassive, type PageContext } from '../../request-context.ts';
import { idleSignals } from '../../session/idle.ts';
import { renewTokens, SessionEnded } from '../../session/tokens.ts';
import { WAITING_REGISTRATIONS } from '../inbox/waiting-registrations.ts';
import { currentUser } from '../page.ts';
import { pageRouter } from '../router.ts';
import { agentSummary } from './agent-news.ts';
import { type GatheredNews, gatherNews, type Summary } from './gather-news.ts';
import { memberNews } from './member-news.ts';
import { createOpenStreams } from './open-streams.ts';
import { readEvents } from './read-events.ts';
import { superuserSummary } from './superuser-news.ts';

/** A client that leaves this much unread is too slow; it resumes where it was. */
const UNREAD_BYTES_MAX = 256 * 1024;

/** `GET /live`: news and counts for the open pages of a user, as Server-Sent Events. */
export function livePages({ stopping }: { stopping: AbortSignal }) {
  const router = pageRouter();
  const streams = createOpenStreams();
  stopping.addEventListener('abort', () => streams.endAll());

  router.get('/live', async (ctx) => {
    const { session } = ctx.state;
    // A page that was opened by an earlier user of this browser gets nothing of the current one.
    if (session.tokens === undefined || currentUser(ctx).id !== ctx.query.for)
      return endStream(ctx, 'signed_out');
    const { mustEnd, close } = streams.open(currentUser(ctx).id);
    const clientAborted = new AbortController();
    ctx.res.once('close', () => clientAborted.abort());
    try {
      const ended = AbortSignal.any([mustEnd, clientAborted.signal, ...idleSignals(ctx)]);
      const answer = await follow(ctx, ended);
      if (answer === 'signed_out' || answer === 'idle') return endStream(ctx, answer);
      await startStream(ctx);
      await relay(ctx, answer);
    } catch (error) {
      if (ctx.respond !== false && !clientAborted.signal.aborted) throw error;
    } finally {
      close();
      if (ctx.respond === false) ctx.res.end();
    }
  });

  return router;
}

/** The log's stream as the user, from where the page left off. */
async function follow(ctx: PageContext, signal: AbortSignal) {
  const after = ctx.get('last-event-id') || String(ctx.query.after ?? '');
  const openStream = () =>
    open(ctx.state.services.logging, { path: '/api/logs/stream', lane: 'live' }, ctx.state.caller(), {
      signal,
      bodyTimeout: 60_000,
      accept: 'text/event-stream',
      ...(/^\d{1,18}$/.test(after) ? { lastEventId: after } : {}),
    });
  let answer = await openStream();
  if (answer.statusCode === 401 && !isPassive(ctx)) {
    await answer.body.dump();
    try {
      await renewTokens(ctx.state.session, ctx.state.api.auth);
    } catch (error) {
      if (error instanceof SessionEnded) return 'signed_out';
      throw error;
    }
    ctx.state.sessionChanged = true;
    answer = await openStream();
  }
  if (answer.statusCode === 200) return answer;
  await answer.body.dump();
  if (answer.statusCode === 401) return isPassive(ctx) ? 'idle' : 'signed_out';
  throw new Problem('unavailable', 503, 'News are unavailable', {
    internal: `logging: ${answer.statusCode}`,
  });
}

async function startStream(ctx: PageContext): Promise<void> {
  // The cookie must be set before the body starts.
  if (ctx.state.sessionChanged) await ctx.state.saveSession();
  ctx.state.sessionChanged = false;
  ctx.respond = false;
  ctx.res.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
  ctx.res.setHeader('Cache-Control', 'no-store, no-transform');
  ctx.res.setHeader('X-Accel-Buffering', 'no');
  ctx.res.statusCode = 200;
  // After a restart, not all pages come back in the same second.
  write(ctx, { retry: 1_000 + Math.floor(Math.random() * 4_000) });
}

async function relay(ctx: PageContext, answer: Dispatcher.ResponseData): Promise<void> {
  const summary = summaryFor(ctx);
  const notify = ({ id, news, waiting }: GatheredNews): void => {
    for (const one of news) write(ctx, { id, event: 'news', data: one });
    // Where nothing is counted, the page's parts are loaded again.
    if (news.length === 0 && summary?.countWaiting === null) write(ctx, { id, event: 'change', data: 1 });
    if (waiting !== null) write(ctx, { id, event: 'counts', data: { '/inbox': waiting } });
  };
  const staff = summary === null ? null : gatherNews(summary, notify);
  try {
    for await (const { id, data } of readEvents(answer.body)) {
      if (data === '') {
        // If the connection breaks now, news that the agent has not been notified of must come again.
        if (staff?.isWaiting() !== true) write(ctx, { id, event: 'mark', data: 1 });
      } else if (staff !== null) {
        staff.take(id, data);
      } else {
        // While accounts is down the stream ends without this entry, so that it comes again: without its operation it would say what is wrong.
        const news = await memberNews(ctx, JSON.parse(data) as LogEntry, (operation) => find(ctx, operation));
        write(ctx, news === null ? { id } : { id, event: 'news', data: news });
      }
      if (ctx.res.writableLength > UNREAD_BYTES_MAX) return;
    }
  } finally {
    staff?.stop();
  }
}

/** What staff are notified of in sums; null for a member, who is notified of each thing. */
function summaryFor(ctx: PageContext): Summary | null {
  const { role } = currentUser(ctx);
  if (role === 'agent') return agentSummary(ctx, () => countWaiting(ctx));
  return role === 'superuser' ? superuserSummary(ctx) : null;
}

async function find(ctx: PageContext, id: string): Promise<Operation | null> {
  try {
    return await send(ctx.state.services.accounts, { path: `/api/operations/${id}` }, ctx.state.caller());
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

/** The requests and registrations that wait for the agent, as the navigation counts them; null while a service is down. */
async function countWaiting(ctx: PageContext): Promise<number | null> {
  const [requests, registrations] = await Promise.all([
    fetchUnrenewed<InboxCounts>(ctx, 'accounts', { path: '/api/inbox/counts' }),
    fetchUnrenewed<UserList>(ctx, 'auth', {
      path: '/api/auth/users',
      query: { ...WAITING_REGISTRATIONS, limit: 1 },
    }),
  ]);
  return requests === null || registrations === null ? null : requests.mine + (registrations.total ?? 0);
}

/** Null while the service is down. Unlike `state.api`, this renews no token. */
async function fetchUnrenewed<Reply>(
  ctx: PageContext,
  service: 'accounts' | 'auth',
  request: Parameters<typeof send>[1],
): Promise<Reply | null> {
  try {
    return await send<Reply>(ctx.state.services[service], request, ctx.state.caller());
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return null;
  }
}

/** Tells the page not to come back: it was signed out, or no user has acted on it for as long as its token was valid. */
function endStream(ctx: PageContext, reason: 'signed_out' | 'idle'): void {
  ctx.type = 'text/event-stream; charset=utf-8';
  ctx.body = `event: end\ndata: "${reason}"\n\n`;
}

function write(
  ctx: PageContext,
  fields: { retry?: number; id?: string; event?: string; data?: unknown },
): void {
  const { data, ...others } = fields;
  const lines = Object.entries(others).map(([name, value]) => `${name}: ${value}`);
  if (data !== undefined) lines.push(`data: ${JSON.stringify(data)}`);
  if (!ctx.res.writableEnded) ctx.res.write(`${lines.join('\n')}\n\n`);
}
