import type { IncomingMessage } from 'node:http';
import { createApp, type Ready } from '@guichet/http';
import type { Deps } from './deps.ts';
import { denialRecorder } from './record-denial.ts';
import { mailerRoutes } from './routes.ts';

/** The HTTP application of the mailer. */
export function createMailerApp(
  deps: Deps & { ready: Ready; peerName?: (request: IncomingMessage) => string | null },
) {
  return createApp({
    name: 'mailer',
    title: 'Guichet mail',
    routes: mailerRoutes(deps),
    log: deps.log,
    verify: deps.verify,
    ready: deps.ready,
    // Everything that these routes read and write is in NATS.
    isUnavailable: (error) => !deps.broker.ready() || isNatsFailure(error),
    openapiPath: '/api/mail/openapi.json',
    onDenied: denialRecorder(deps),
    ...(deps.peerName === undefined ? {} : { peerName: deps.peerName }),
  });
}

function isNatsFailure(error: unknown): boolean {
  return error instanceof Error && (error.name === 'NatsError' || /^(?:NATS|JetStream) /.test(error.message));
}
