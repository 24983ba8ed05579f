import { observeRequest } from '@guichet/http';
import type { Log } from '@guichet/log';
import type { Middleware } from 'koa';

/** After this, every request is measured and logged at level debug once its response has been sent. */
export function measureRequests(log: Log): Middleware {
  return async (ctx, next) => {
    const startedAt = performance.now();
    ctx.res.once('close', () => {
      const seconds = (performance.now() - startedAt) / 1000;
      const { method } = ctx;
      // A client that disconnected before the answer got no status; proxies count that as 499.
      const status = ctx.res.headersSent ? ctx.res.statusCode : 499;
      const route = routeOf(ctx.state.service, ctx.state.route ?? ctx._matchedRoute);
      observeRequest(method, route, status, seconds);
      const ms = Math.round(seconds * 1000);
      log.debug({ correlation_id: ctx.state.requestId, method, path: ctx.path, status, ms }, 'request');
    });
    await next();
  };
}

/** The route template, never the path: every id in a path would become a time series. */
function routeOf(service: unknown, matched: unknown): string {
  if (typeof service === 'string') return `(edge to ${service})`;
  return typeof matched === 'string' ? matched : '(none)';
}
