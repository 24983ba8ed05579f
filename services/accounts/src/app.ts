import type { IncomingMessage } from 'node:http';
import { isUnavailable } from '@guichet/database';
import { createApp, type Ready } from '@guichet/http';
import { logDenials } from '@guichet/service';
import type { Verifier } from '@guichet/tokens';
import type { CommandQueue } from './command-queue.ts';
import type { Deps } from './deps.ts';
import { routes } from './routes.ts';

/** The service as a Koa application. */
export function createAccountsApp({
  deps,
  queue,
  verify,
  ready,
  peerName,
}: {
  deps: Deps;
  queue: CommandQueue;
  verify: Verifier;
  ready: Ready;
  peerName?: (request: IncomingMessage) => string | null;
}) {
  return createApp({
    name: 'accounts',
    title: 'Guichet: accounts and operations',
    openapiPath: '/api/accounts/openapi.json',
    routes: routes(deps, queue),
    log: deps.log,
    verify,
    ready,
    isUnavailable,
    ...(peerName === undefined ? {} : { peerName }),
    onDenied: logDenials({
      service: 'accounts',
      db: deps.db,
      clock: deps.clock,
      wakeRelay: () => deps.committed(),
    }),
  });
}
