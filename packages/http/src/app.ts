import type { ServerResponse } from 'node:http';
import { problems } from '@guichet/errors';
import type { Log } from '@guichet/log';
import type { Caller } from '@guichet/tokens';
import { type Admission, admit } from './admit.ts';
import { isClientAbort } from './client-abort.ts';
import { Exchange } from './exchange.ts';
import type { App } from './listen.ts';
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
  userAgent,
} from './read-request.ts';
import type { Reply, StreamedReply } from './reply.ts';
import { observeRequest } from './request-metrics.ts';
import type { Handling, Route } from './route.ts';
import { createRouter, type Router } from './router.ts';

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

/** Creates the application of a service from its routes. */
export function createApp(options: AppOptions): App {
  const router = createRouter<Endpoint>([
    ...options.routes.flatMap((route) =>
      [route.path, ...route.aliases].map((path) => ({
        method: route.method,
        path,
        target: (exchange: Exchange, params: Params) => serveRoute(exchange, params, route, options),
      })),
    ),
    { method: 'GET', path: options.openapiPath, target: serveDocument(options) },
    { method: 'GET', path: '/readyz', target: serveReadiness(options.ready) },
  ]);
  return {
    callback: () => (request, response) => {
      const exchange = new Exchange(request, response, options.log);
      measure(exchange, options.log);
      answer(exchange, router, options).catch((error: unknown) => {
        exchange.log.error({ err: error }, 'a reply could not be sent');
        response.destroy();
      });
    },
  };
}

type Params = Record<string, string | undefined>;
type Endpoint = (exchange: Exchange, params: Params) => Promise<void>;

function serveDocument({ title, routes, openapiPath }: AppOptions): Endpoint {
  const document = JSON.stringify(describeRoutes(title, routes));
  return async (exchange) => {
    exchange.route = openapiPath;
    exchange.sendJson(200, document);
  };
}

function serveReadiness(ready: Ready): Endpoint {
  return async (exchange) => {
    exchange.route = '/readyz';
    const missing = await ready();
    const isReady = missing.length === 0;
    exchange.sendJson(isReady ? 200 : 503, JSON.stringify({ ready: isReady, missing }));
  };
}

/** Measures and logs a request when it ends. */
function measure(exchange: Exchange, log: Log): void {
  const startedAt = performance.now();
  const { method, response, correlationId } = exchange;
  response.once('close', () => {
    const seconds = (performance.now() - startedAt) / 1000;
    const route = exchange.route ?? '(none)';
    // A client that disconnected before the reply got no status; proxies count that as 499.
    const status = response.headersSent ? response.statusCode : 499;
    observeRequest(method, route, status, seconds);
    log.debug(
      {
        correlation_id: correlationId,
        method,
        route,
        status,
        ms: Math.round(seconds * 1e3),
        user: exchange.caller?.userId,
      },
      'request',
    );
  });
}

/** The one error exit: nothing else turns an exception into a reply. */
async function answer(exchange: Exchange, router: Router<Endpoint>, options: AppOptions): Promise<void> {
  try {
    const { method, path } = exchange;
    const found = router.find(method, path);
    if (found !== null) await found.target(exchange, found.params);
    else refuseUnrouted(exchange, router.allowedMethods(path));
  } catch (error) {
    const problem = toProblem(error, options.isUnavailable);
    if (problem.status >= 500) exchange.log.error({ err: problem, problem: problem.code }, problem.message);
    else exchange.log.debug({ problem: problem.code, reason: problem.message }, 'refused');
    const body = JSON.stringify(problemBody(problem, exchange.correlationId));
    exchange.sendJson(problem.status, body, problem.headers, 'application/problem+json');
  }
}

/** A known path with another method is 405 with Allow; an unknown path is 404. */
function refuseUnrouted(exchange: Exchange, allowed: readonly string[]): void {
  if (allowed.length === 0) throw problems.not_found();
  const Allow = allowed.join(', ');
  if (exchange.method !== 'OPTIONS')
    throw problems.method_not_allowed(`Allowed methods: ${Allow}`, { headers: { Allow } });
  exchange.sendEmpty(204, { Allow });
}

async function serveRoute(
  exchange: Exchange,
  params: Params,
  route: Route,
  options: AppOptions,
): Promise<void> {
  const { request, correlationId } = exchange;
  exchange.route = route.path;
  const caller = await admit(exchange, route, options);
  exchange.caller = caller;
  // Created on first use, because most handlers never need it.
  let clientAborted: AbortSignal | undefined;
  checkHeaders(request, route);
  const handling: Handling<unknown, unknown, unknown, Caller | null> = {
    params: readParams(params, route),
    query: readQuery(exchange.queryString, route),
    body: await readBody(request, route),
    idempotencyKey: readIdempotencyKey(request, route),
    caller,
    correlationId,
    ip: clientAddress(request),
    userAgent: userAgent(request),
    headers: request.headers,
    get language() {
      return preferredLanguage(exchange);
    },
    route: `${route.method} ${route.path}`,
    get clientAborted() {
      clientAborted ??= abortedWithClient(exchange.response);
      return clientAborted;
    },
    get log() {
      return exchange.log;
    },
  };
  sendReply(exchange, await route.handle(handling as never));
}

function sendReply(exchange: Exchange, reply: Reply | StreamedReply): void {
  if ('stream' in reply) {
    exchange.sendStream(reply.status, reply, (error) => {
      exchange.log[isClientAbort(error) ? 'debug' : 'error']({ err: error }, 'a reply could not be sent');
    });
  } else if (reply.body === null) {
    exchange.sendEmpty(reply.status, reply.headers);
  } else {
    exchange.sendJson(reply.status, JSON.stringify(reply.body), reply.headers);
  }
}

/** Aborted when the connection of a request closes. */
function abortedWithClient(response: ServerResponse): AbortSignal {
  if (response.closed) return AbortSignal.abort();
  const aborted = new AbortController();
  response.once('close', () => aborted.abort());
  return aborted.signal;
}
