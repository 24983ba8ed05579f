import { requestIdOf } from '@guichet/http';
import type { Middleware } from 'koa';

/** After this, `ctx.state.requestId` names the request in every service, log entry and mail that follows from it. */
export const requestId: Middleware = async (ctx, next) => {
  const id = requestIdOf(ctx);
  ctx.state.requestId = id;
  ctx.set('X-Request-Id', id);
  await next();
};
