import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';

const ACCEPTABLE = /^[A-Za-z0-9._-]{1,64}$/;

/** After this, `ctx.state.requestId` identifies the request in every service, log entry and email it causes. */
export const requestId: Middleware = async (ctx, next) => {
  const given = ctx.get('x-request-id');
  const id = ACCEPTABLE.test(given) ? given : randomUUID();
  ctx.state.requestId = id;
  ctx.set('X-Request-Id', id);
  await next();
};
