import { SLOT } from '@guichet/contract/events';
import test from 'ava';
import { accessDenied } from './index.ts';

test('a denied request is logged with its caller and route, and the caller may read the entry', (t) => {
  const caller = { userId: 'u1', username: 'ann', role: 'member', scopes: ['profile'] } as const;
  const request = { method: 'GET', route: '/api/logs/verify', correlationId: 'c1' };
  const now = new Date('2026-11-28T10:00:00.000Z');
  t.deepEqual(accessDenied({ id: 'e1', now, service: 'logging', caller, request }), {
    id: 'e1',
    time: '2026-11-28T10:00:00.000Z',
    service: 'logging',
    actor: { id: 'u1', username: 'ann', role: 'member' },
    action: 'ACCESS_DENIED',
    level: 'WARNING',
    subject: { type: 'route', id: 'GET /api/logs/verify' },
    operation_id: null,
    concerns: ['u1'],
    correlation_id: 'c1',
    message: `${SLOT} was denied GET /api/logs/verify`,
    names: [{ of: 'u1', text: 'ann' }],
    data: { method: 'GET', route: '/api/logs/verify', scopes: ['profile'] },
  });
});
