import type { Role, Scope } from '@guichet/contract';
import { type AuditEvent, type LogServiceOf, plain, sentence } from '@guichet/contract/events';
import { auditEvent } from './audit-event.ts';

/** The audit event of a valid token that was refused by role or scope, the same in every service. */
export function accessDenied(denial: {
  id: string;
  now: Date;
  service: LogServiceOf<'ACCESS_DENIED'>;
  caller: {
    readonly userId: string;
    readonly username: string;
    readonly role: Role;
    readonly scopes: readonly Scope[];
  };
  request: { method: string; route: string; correlationId: string };
}): AuditEvent {
  const { id, now, service, caller, request } = denial;
  const { method, route } = request;
  return auditEvent(
    { service, id, now, correlationId: request.correlationId },
    {
      action: 'ACCESS_DENIED',
      actor: { id: caller.userId, username: caller.username, role: caller.role },
      subject: { type: 'route', id: `${method} ${route}` },
      concerns: [caller.userId],
      sentence: sentence`${{ of: caller.userId, text: caller.username }} was denied ${plain(`${method} ${route}`)}`,
      data: { method, route, scopes: caller.scopes },
    },
  );
}
