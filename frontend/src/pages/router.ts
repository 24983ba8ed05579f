import Router from '@koa/router';
import type { Visit } from '../visit.ts';

/** A router whose handlers are handed a Visit. */
export function pageRouter(): Router<Visit> {
  return new Router<Visit>();
}
