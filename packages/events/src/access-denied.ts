import type { Role, Scope, ServiceName } from '@guichet/contract';
import type { LogEvent } from '@guichet/contract/events';

/** The audit entry for a valid token that was refused by role or scope, the same in every service. */
export function accessDenied(denial: {
  id: string;
  now: Date;
  service: ServiceName;
  caller: {
    readonly userId: string;
    readonly username: string;
    readonly role: Role;
    readonly scopes: readonly Scope[];
  };
  request: { method: string; route: string; correlationId: string };
}): LogEvent {
  const { id, now, service, caller, request } = denial;
  const { method, route } = request;
  return {
    id,
    time: now.toISOString(),
    service,
    actor: { id: caller.userId, username: caller.username, role: caller.role },
    action: 'ACCESS_DENIED',
    level: 'WARNING',
    subject: { type: 'route', id: `${method} ${route}` },
    operation_id: null,
    concerns: [caller.userId],
    correlation_id: request.correlationId,
    message: `${caller.username} was denied ${method} ${route}`,
    data: { method, route, scopes: caller.scopes },
  };
}
