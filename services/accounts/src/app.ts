import type { IncomingMessage } from 'node:http';
import { transaction } from '@guichet/database';
import { createApp, type Ready } from '@guichet/http';
import { enqueue } from '@guichet/outbox';
import type { Verifier } from '@guichet/tokens';
import type { Bank } from './bank.ts';
import type { Desk } from './desk.ts';
import { actorOf, deedLogged } from './journal.ts';
import { routes } from './routes.ts';

/** The service as a Koa application. */
export function createAccountsApp(deps: {
  bank: Bank;
  desk: Desk;
  verify: Verifier;
  ready: Ready;
  peerName?: (request: IncomingMessage) => string | null;
}) {
  const { bank, desk, verify, ready, peerName } = deps;
  return createApp({
    name: 'accounts',
    title: 'Guichet: accounts and operations',
    openapiPath: '/api/accounts/openapi.json',
    routes: routes(bank, desk),
    log: bank.log,
    verify,
    ready,
    ...(peerName === undefined ? {} : { peerName }),
    onDenied: async (caller, { method, route, correlationId }) => {
      const event = deedLogged({
        action: 'ACCESS_DENIED',
        level: 'WARNING',
        actor: actorOf(caller),
        subject: { type: 'route', id: `${method} ${route}` },
        correlationId,
        message: 'A token was refused by role or scope',
        data: { method, route },
        now: bank.clock(),
      });
      await transaction(bank.db, (trx) => enqueue(trx, [event]));
      bank.committed();
    },
  });
}
