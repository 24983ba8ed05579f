import type { Route } from '@guichet/http';
import { deadLetterRoutes } from './dead-letters/routes.ts';
import type { Deps } from './deps.ts';

/** Every URL of this service. */
export function mailerRoutes(deps: Deps): Route[] {
  return deadLetterRoutes(deps); // GET /api/mail/dead-letters, POST …/{id}/send-again, …
}
