import Router from '@koa/router';
import type { RequestContext } from '../request-context.ts';

/** A router whose handlers are handed a Visit. */
export function pageRouter(): Router<RequestContext> {
  return new Router<RequestContext>();
}
