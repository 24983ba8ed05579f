import { isProbe, observeRequest, traceRequest } from '@guichet/http';
import type { Log } from '@guichet/log';
import { fromClient } from '@guichet/tracing';
import type { Middleware } from 'koa';
import { isAsset } from './rendering/assets.ts';

/**
 * After this, every request is a part of a trace, the one that its client named or a new one (docs/decisions/0015), and it's measured and logged at level debug once
 * its response has been sent.
 */
export function measureRequests(log: Log): Middleware {
  return async (ctx, next) => {
    const startedAt = performance.now();
    const origin = fromClient(ctx.headers.traceparent);
    const traced = traceRequest(ctx.req, origin, (url) => isProbe(url) || isAsset(url));
    ctx.res.once('close', () => {
      const seconds = (performance.now() - startedAt) / 1000;
      const { method } = ctx;
      // A client that disconnected before the answer got no status; proxies count that as 499.
      const status = ctx.res.headersSent ? ctx.res.statusCode : 499;
      const route = routeOf(ctx.state.service, ctx.state.route ?? ctx._matchedRoute);
      observeRequest(method, route, status, seconds);
      const ms = Math.round(seconds * 1000);
      traced.run(() =>
        log.debug({ correlation_id: ctx.state.requestId, method, path: ctx.path, status, ms }, 'request'),
      );
      traced.end(route, status);
    });
    await traced.run(next);
  };
}

/** The route template, never the path: every id in a path would become a time series. */
function routeOf(service: unknown, matched: unknown): string {
  if (typeof service === 'string') return `(edge to ${service})`;
  return typeof matched === 'string' ? matched : '(none)';
}
