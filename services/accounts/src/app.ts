import type { IncomingMessage } from 'node:http';
import { isUnavailable, newId, transaction } from '@guichet/database';
import { accessDenied, logMessage } from '@guichet/events';
import { createApp, type Ready } from '@guichet/http';
import { enqueue } from '@guichet/outbox';
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
    onDenied: async (caller, request) => {
      const now = deps.clock();
      const event = accessDenied({ id: newId(now), now, service: 'accounts', caller, request });
      await transaction(deps.db, (trx) => enqueue(trx, [logMessage(event)]));
      deps.committed();
    },
  });
}
