import type { Role } from '@guichet/contract';
import { household, pendingTransfer, postedTransfer } from './fake-answers.ts';
import { buildUser, fakeId } from './fixtures.ts';

/** A user of the fake bank for each role. */
export const PEOPLE: Record<Role, string> = { member: 'alice', agent: 'bruno', superuser: 'root' };
const alice = buildUser('alice', 'member');
const account = `/accounts/${household.id}`;
const operation = `/operations/${pendingTransfer.id}`;

/** Every page that a link or an address can open, by who opens it. */
export const PAGES: Record<Role | 'visitor', string[]> = {
  visitor: [
    '/',
    '/login',
    '/register',
    '/forgot',
    '/recover?token=x',
    '/confirm-email?token=x',
    '/stop-email-change?token=x',
    '/developers',
  ],
  member: [
    ...[
      '/dashboard',
      '/accounts',
      '/accounts/new',
      account,
      `${account}/rib`,
      `${account}/statement?month=2026-11`,
    ],
    ...[
      `${account}/close`,
      `${account}/renew-rib`,
      '/transfers/new',
      '/transfers/new?kind=internal',
      '/deposits/new',
    ],
    ...['/withdrawals/new', '/operations', operation, `/operations/${postedTransfer.id}`, '/beneficiaries'],
    ...[`/beneficiaries/${fakeId(7, 1)}/remove`, '/logs', '/profile', '/security', '/', '/developers'],
  ],
  agent: [
    ...[
      '/inbox',
      '/customers',
      `/customers/${alice.id}`,
      `/customers/${alice.id}/deactivate`,
      `/customers/${alice.id}/verify-name`,
      `/customers/${alice.id}/second-factor`,
      '/accounts',
      account,
    ],
    ...['/operations', operation, `/operations/${postedTransfer.id}/reverse`, '/logs', '/logs/dashboard'],
    ...['/reconciliation', '/profile', '/security'],
  ],
  superuser: [
    ...[
      '/agents',
      '/agents/new',
      `/agents/${buildUser('bruno', 'agent').id}`,
      '/customers',
      '/logs',
      '/logs/dashboard',
    ],
    ...['/reconciliation', '/profile', '/security'],
  ],
};
