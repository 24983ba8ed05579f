import type { IncomingMessage } from 'node:http';
import { isUnavailable } from '@guichet/database';
import { createApp as createHttpApp, type Ready } from '@guichet/http';
import { logDenials } from '@guichet/service';
import { createRevocations, createVerifier } from '@guichet/tokens';
import type { Deps } from './deps.ts';
import { authRoutes } from './routes.ts';
import { createLiveVerifier } from './verify-live.ts';

type App = ReturnType<typeof createHttpApp>;

/** The service as an application, without its sockets. */
export function createApp(
  deps: Deps,
  options: { ready: Ready; peerName?: (request: IncomingMessage) => string | null },
): App {
  // The database is read at each request to see whether the session is open, so the list of revocations that other services need stays empty here.
  const verify = createVerifier({
    keys: deps.keyring,
    revocations: createRevocations(deps.clock),
    clock: deps.clock,
  });
  return createHttpApp({
    name: 'auth',
    title: 'Guichet: identity',
    routes: authRoutes(deps),
    log: deps.log,
    verify: createLiveVerifier(verify, deps),
    openapiPath: '/api/auth/openapi.json',
    isUnavailable,
    onDenied: logDenials({ service: 'auth', db: deps.db, clock: deps.clock, wakeRelay: deps.wakeRelay }),
    ...options,
  });
}
