import Router from '@koa/router';
import type { RequestContext } from '../request-context.ts';

/** A router whose handlers have a request context. */
export function pageRouter(): Router<RequestContext> {
  return new Router<RequestContext>();
}
