import { randomUUID } from 'node:crypto';
import { accessDenied } from '@guichet/events';
import { publishAuditEvent } from './audit.ts';
import type { Deps } from './deps.ts';

type Denial = Parameters<typeof accessDenied>[0];

/**
 * Logs a request whose token is valid but lacks the role or scope. It is refused even if NATS is down; then the event is lost, and the
 * process's log has an error.
 */
export function denialRecorder({ broker, clock, log }: Pick<Deps, 'broker' | 'clock' | 'log'>) {
  return async (caller: Denial['caller'], request: Denial['request']): Promise<void> => {
    const event = accessDenied({ id: randomUUID(), now: clock(), service: 'mailer', caller, request });
    await publishAuditEvent(broker, event).catch((error: Error) => {
      log.error({ err: error, correlation_id: request.correlationId }, 'denied request could not be logged');
    });
  };
}
