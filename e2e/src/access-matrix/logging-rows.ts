import type { Row } from './row.ts';
import type { World } from './world.ts';

const everyone = (status: number) => ({ member: status, agent: status, superuser: status });
const onAnother = {
  caller: 'member',
  on: 'another member',
  target: async (world: World) => (await world.signedInUser('member')).id,
  expect: 403,
} as const;

export const LOGGING_ROWS: Readonly<Record<string, Row>> = {
  'GET /api/logs': {
    scope: 'logs:read',
    ...everyone(200),
    also: [{ ...onAnother, query: (id) => `user=${id}` }],
  },
  'GET /api/logs/stats': {
    scope: 'logs:read',
    ...everyone(200),
    also: [{ ...onAnother, query: (id) => `user=${id}` }],
  },
  'GET /api/logs/stream': {
    scope: 'logs:read',
    ...everyone(200),
    also: [{ ...onAnother, query: (id) => `concerns=${id}` }],
  },
  'GET /api/logs/export': {
    scope: 'logs:read',
    ...everyone(200),
    query: () => 'format=csv',
    also: [{ ...onAnother, query: (id) => `format=csv&user=${id}` }],
  },
  'GET /api/logs/verify': { scope: 'logs:read', agent: 200, superuser: 200 },
  'GET /api/logs/checkpoints': { scope: 'logs:read', agent: 200, superuser: 200 },
  'GET /.well-known/log-keys.json': { open: 200 },
  'GET /internal/people/{id}/log': { peer: true },
  'GET /api/logs/setup-state': { scope: 'agents:manage', superuser: 200 },
};
