import type { IncomingMessage } from 'node:http';
import { isUnavailable } from '@guichet/database';
import { createApp, type Ready } from '@guichet/http';
import type { Deps } from './deps.ts';
import { loggingRoutes } from './routes.ts';

/** The HTTP application of the log store. */
export function createLoggingApp(
  deps: Deps & { ready: Ready; peerName?: (request: IncomingMessage) => string | null },
) {
  return createApp({
    name: 'logging',
    title: 'Guichet log',
    routes: loggingRoutes(deps),
    log: deps.log,
    verify: deps.verify,
    ready: deps.ready,
    isUnavailable,
    openapiPath: '/api/logs/openapi.json',
    onDenied: deps.recordDenial,
    ...(deps.peerName === undefined ? {} : { peerName: deps.peerName }),
  });
}
