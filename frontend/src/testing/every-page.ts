import type { Role } from '@guichet/contract';
import { packIds } from '../pages/inbox/packed-ids.ts';
import { household, invited, pendingTransfer, postedTransfer } from './fake-answers.ts';
import { buildUser, fakeId } from './fixtures.ts';

/** A user of the fake bank for each role. */
export const PEOPLE: Record<Role, string> = { member: 'alice', agent: 'bruno', superuser: 'root' };
const alice = buildUser('alice', 'member');
const account = `/accounts/${household.id}`;
/** The confirmation of a decision on one request and on one that was decided before. */
const selection = packIds([pendingTransfer.id, postedTransfer.id]);
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
      '/inbox?tab=second_agent',
      '/inbox?tab=registrations',
      `/inbox/confirm?decision=approve&ids=${selection}`,
      `/inbox/confirm?decision=reject&ids=${selection}`,
      `/inbox/outcomes/${fakeId(9, 1)}`,
      '/customers',
      `/customers/${alice.id}`,
      `/customers/${alice.id}/notes`,
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
      `/agents/${invited.id}`,
      '/customers',
      `/customers/${alice.id}`,
      `/customers/${alice.id}/notes`,
      '/logs',
      '/logs/dashboard',
    ],
    ...['/reconciliation', '/profile', '/security'],
  ],
};
