import { problems } from '@guichet/errors';
import type { Log } from '@guichet/log';
import type { Caller } from '@guichet/tokens';
import { fromPeer } from '@guichet/tracing';
import Koa, { type Context } from 'koa';
import { type Admission, admit } from './admit.ts';
import { isClientAbort } from './client-abort.ts';
import { describeRoutes } from './openapi.ts';
import { type IsUnavailable, problemBody, toProblem } from './problem-reply.ts';
import {
  checkHeaders,
  clientAddress,
  preferredLanguage,
  readBody,
  readIdempotencyKey,
  readParams,
  readQuery,
  requestIdOf,
  userAgent,
} from './read-request.ts';
import type { Reply, StreamedReply } from './reply.ts';
import { observeRequest } from './request-metrics.ts';
import type { Handling, Route } from './route.ts';
import { createRouter, type Router } from './router.ts';
import { traceRequest } from './trace-request.ts';

/** Names what the service is waiting for; empty if it is ready. */
export type Ready = () => Promise<readonly string[]>;

interface AppOptions extends Admission {
  name: string;
  title: string;
  routes: readonly Route[];
  log: Log;
  ready: Ready;
  /** Errors for which the answer is 503 with Retry-After, instead of 500. */
  isUnavailable: IsUnavailable;
  /** Where the OpenAPI document is served. */
  openapiPath: string;
}

/** The state of a request. Its log is created on first use, because most requests log nothing. */
class RequestState {
  readonly correlationId: string;
  route: string | undefined;
  caller: Caller | null | undefined;
  readonly #parentLog: Log;
  #log: Log | undefined;

  constructor(correlationId: string, parentLog: Log) {
    this.correlationId = correlationId;
    this.#parentLog = parentLog;
  }

  get log(): Log {
    this.#log ??= this.#parentLog.child({ correlation_id: this.correlationId });
    return this.#log;
  }
}

/** Creates the Koa application of a service from its routes. */
export function createApp(options: AppOptions): Koa {
  const app = new Koa();
  const router = createRouter<Endpoint>([
    ...options.routes.flatMap((route) =>
      [route.path, ...route.aliases].map((path) => ({
        method: route.method,
        path,
        target: (ctx: Context, params: Params) => serveRoute(ctx, params, route, options),
      })),
    ),
    { method: 'GET', path: options.openapiPath, target: serveDocument(options) },
    { method: 'GET', path: '/readyz', target: serveReadiness(options.ready) },
  ]);
  app.use(identifyRequest(options.log));
  app.use(answerEveryError(options.isUnavailable));
  app.use(dispatch(router));
  app.on('error', (error) => {
    options.log[isClientAbort(error) ? 'debug' : 'error']({ err: error }, 'a reply could not be sent');
  });
  return app;
}

type Params = Record<string, string | undefined>;
type Endpoint = (ctx: Context, params: Params) => Promise<void>;

function serveDocument({ title, routes, openapiPath }: AppOptions): Endpoint {
  let document: string | undefined;
  return async (ctx) => {
    ctx.state.route = openapiPath;
    // Made for the first request, because most processes never get one.
    document ??= JSON.stringify(describeRoutes(title, routes));
    sendJson(ctx, 200, document);
  };
}

function serveReadiness(ready: Ready): Endpoint {
  return async (ctx) => {
    ctx.state.route = '/readyz';
    const missing = await ready();
    sendJson(ctx, missing.length === 0 ? 200 : 503, JSON.stringify({ ready: missing.length === 0, missing }));
  };
}

/** Gives every request an id, the one in its header or a new one, and measures and logs it when it ends. */
function identifyRequest(log: Log): Koa.Middleware {
  return async (ctx, next) => {
    const startedAt = performance.now();
    ctx.state = new RequestState(requestIdOf(ctx), log);
    const traced = traceRequest(ctx.req, fromPeer(ctx.headers.traceparent));
    ctx.res.setHeader('X-Request-Id', ctx.state.correlationId);
    ctx.res.setHeader('Cache-Control', 'no-store');
    ctx.res.setHeader('X-Content-Type-Options', 'nosniff');
    ctx.res.once('close', () => {
      const seconds = (performance.now() - startedAt) / 1000;
      const route = ctx.state.route ?? '(none)';
      // A client that disconnected before the reply got no status; proxies count that as 499.
      const status = ctx.res.headersSent ? ctx.status : 499;
      observeRequest(ctx.method, route, status, seconds);
      traced.run(() =>
        log.debug(
          {
            correlation_id: ctx.state.correlationId,
            method: ctx.method,
            route,
            status,
            ms: Math.round(seconds * 1e3),
            user: ctx.state.caller?.userId,
          },
          'request',
        ),
      );
      traced.end(route, status);
    });
    await traced.run(next);
  };
}

/** The one error exit: nothing else turns an exception into a reply. */
function answerEveryError(isUnavailable: IsUnavailable): Koa.Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const problem = toProblem(error, isUnavailable);
      // Work for a client that has gone was aborted.
      const isGone = ctx.res.closed && (error as Error).name === 'AbortError';
      if (problem.status >= 500 && !isGone)
        ctx.state.log.error({ err: problem, problem: problem.code }, problem.message);
      else ctx.state.log.debug({ problem: problem.code, reason: problem.message }, 'refused');
      ctx.status = problem.status;
      ctx.set(problem.headers);
      ctx.body = problemBody(problem, ctx.state.correlationId);
      ctx.type = 'application/problem+json';
    }
  };
}

/** A known path with another method is 405 with Allow; an unknown path is 404. */
function dispatch(router: Router<Endpoint>): Koa.Middleware {
  return async (ctx) => {
    const found = router.find(ctx.method, ctx.path);
    if (found !== null) return found.target(ctx, found.params);
    const allowed = router.allowedMethods(ctx.path);
    if (allowed.length === 0) throw problems.not_found();
    refuseMethod(ctx, allowed);
  };
}

function refuseMethod(ctx: Context, allowed: readonly string[]): void {
  const Allow = allowed.join(', ');
  if (ctx.method !== 'OPTIONS')
    throw problems.method_not_allowed(`Allowed methods: ${Allow}`, { headers: { Allow } });
  ctx.set('Allow', Allow);
  ctx.status = 204;
}

async function serveRoute(ctx: Context, params: Params, route: Route, options: AppOptions): Promise<void> {
  ctx.state.route = route.path;
  const caller = await admit(ctx, route, options);
  ctx.state.caller = caller;
  // Created on first use, because most handlers never need it.
  let clientAborted: AbortSignal | undefined;
  checkHeaders(ctx, route);
  const handling: Handling<unknown, unknown, unknown, Caller | null> = {
    params: readParams(params, route),
    query: readQuery(ctx, route),
    body: await readBody(ctx, route),
    idempotencyKey: readIdempotencyKey(ctx, route),
    caller,
    correlationId: ctx.state.correlationId,
    ip: clientAddress(ctx),
    userAgent: userAgent(ctx),
    headers: ctx.headers,
    isHead: ctx.method === 'HEAD',
    get language() {
      return preferredLanguage(ctx);
    },
    route: `${route.method} ${route.path}`,
    get clientAborted() {
      clientAborted ??= abortedWithClient(ctx);
      return clientAborted;
    },
    get log() {
      return ctx.state.log;
    },
  };
  sendReply(ctx, await route.handle(handling as never));
}

function sendReply(ctx: Context, reply: Reply | StreamedReply): void {
  if ('stream' in reply) {
    ctx.status = reply.status;
    ctx.set({ ...reply.headers, 'Content-Type': reply.mediaType });
    ctx.body = reply.stream;
  } else if (reply.body === null) {
    // Without this Koa would write the status in words.
    ctx.body = null;
    ctx.status = reply.status;
    if (reply.headers !== undefined) ctx.set(reply.headers);
  } else if (isUnchanged(ctx, reply)) {
    ctx.body = null;
    ctx.status = 304;
  } else {
    sendJson(ctx, reply.status, JSON.stringify(reply.body), reply.headers);
  }
}

/** Whether the client named the ETag of the reply in If-None-Match (RFC 9110, section 13.1.2): it still has the body. */
function isUnchanged(ctx: Context, { status, headers }: Reply): boolean {
  if (headers?.ETag === undefined) return false;
  ctx.status = status;
  ctx.set(headers);
  return ctx.fresh;
}

/** Writes status, headers and body at once, past Koa, which would set and look up each of them several times. */
function sendJson(ctx: Context, status: number, text: string, headers?: Record<string, string>): void {
  ctx.res.writeHead(status, {
    ...headers,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  ctx.res.end(text);
  // Not before: if a header is invalid, the error exit replies.
  ctx.respond = false;
}

/** Aborted when the connection of a request closes. */
function abortedWithClient(ctx: Context): AbortSignal {
  if (ctx.res.closed) return AbortSignal.abort();
  const aborted = new AbortController();
  ctx.res.once('close', () => aborted.abort());
  return aborted.signal;
}
