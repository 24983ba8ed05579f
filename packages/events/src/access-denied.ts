import type { Caller } from '@guichet/tokens';
import type { LogEvent } from './messages.ts';

/** The audit entry for a valid token that was refused by role or scope, the same in every service. */
export function accessDenied(denial: {
  id: string;
  now: Date;
  service: string;
  caller: Pick<Caller, 'userId' | 'username' | 'role' | 'scopes'>;
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
