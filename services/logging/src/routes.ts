import { LoggingStateView } from '@guichet/contract';
import type { Route } from '@guichet/http';
import { setupRoute } from '@guichet/service';
import { checkpointRoutes } from './checkpoints/routes.ts';
import type { Deps } from './deps.ts';
import { entryRoutes } from './entries/routes.ts';
import { exportRoutes } from './export/routes.ts';
import { personalDataRoutes } from './personal-data/routes.ts';
import { statsRoutes } from './stats/routes.ts';
import { streamRoutes } from './stream/routes.ts';
import { verifyRoutes } from './verify/routes.ts';

/** Every URL of this service. */
export function loggingRoutes(deps: Deps): Route[] {
  return [
    ...entryRoutes(deps), // GET /api/logs
    ...statsRoutes(deps), // GET /api/logs/stats
    ...streamRoutes(deps), // GET /api/logs/stream
    ...exportRoutes(deps), // GET /api/logs/export
    ...verifyRoutes(deps), // GET /api/logs/verify
    ...checkpointRoutes(deps), // GET /api/logs/checkpoints, GET /.well-known/log-keys.json
    ...personalDataRoutes(deps), // GET /internal/people/{id}/log
    setupRoute('/api/logs/setup-state', LoggingStateView, () => deps.describeSetup()),
  ];
}
