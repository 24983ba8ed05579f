import type { Role } from '@guichet/contract';
import { packIds } from '../pages/inbox/packed-ids.ts';
import type { ListName } from '../pages/lists/filters.ts';
import { searchesOf } from '../session/searches.ts';
import { emptied, household, savings } from './answers/accounts.ts';
import { incomingItems, receivedFile } from './answers/incoming.ts';
import { pendingTransfer, postedTransfer, refusedTransfer } from './answers/operations.ts';
import { paymentBatches, sentTransfer } from './answers/payments.ts';
import { invited, secondRoot } from './answers/people.ts';
import { payments, standingOrders } from './answers/standing-orders.ts';
import { webhooks } from './answers/webhooks.ts';
import { buildUser, fakeId } from './fixtures.ts';
import { TEST_SECRET } from './start-frontend.ts';

/** A user of the fake bank for each role. */
export const PEOPLE: Record<Role, string> = { member: 'alice', agent: 'bruno', superuser: 'root' };
const alice = buildUser('alice', 'member');
const account = `/accounts/${household.id}`;
/** The confirmation of a decision on one request and on one that was decided before. */
const selection = packIds([pendingTransfer.id, postedTransfer.id]);
const operation = `/operations/${pendingTransfer.id}`;

const searches = searchesOf({ PUBLIC_URL: 'http://localhost', SESSION_SECRET: [TEST_SECRET] });
/** The page of a list in which a user has searched. */
function searched(path: string, list: ListName, user: string, typed: Record<string, string>): string {
  return `${path}?search=${searches.seal(user, list, typed)}`;
}
const asAlice = (path: string, list: ListName, typed: Record<string, string>) =>
  searched(path, list, alice.id, typed);
const bruno = buildUser('bruno', 'agent');
const asBruno = (path: string, list: ListName, typed: Record<string, string>) =>
  searched(path, list, bruno.id, typed);

const WEBHOOK_PAGES = [
  '/security/webhooks',
  ...webhooks.map(({ id }) => `/security/webhooks/${id}`),
  `/security/webhooks/${fakeId(16, 1)}/delete`,
];

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
    '/stop-sign-in?token=x',
    '/unsubscribe?token=decisions-x',
    '/recover',
    '/confirm-email?link=lost',
    '/stop-email-change?link=lost',
    '/stop-sign-in?link=lost',
    '/unsubscribe?link=lost',
    '/developers',
  ],
  member: [
    ...[
      '/dashboard',
      '/accounts',
      '/accounts/new',
      account,
      `/accounts/${savings.id}`,
      `${account}/rib`,
      `${account}/statement?month=2026-11`,
    ],
    ...[
      `${account}/close`,
      `/accounts/${emptied.id}/close`,
      `/transfers/new?empty=${household.id}`,
      `/transfers/new?repeat=${refusedTransfer.id}`,
      `/operations/${refusedTransfer.id}`,
      `${account}/renew-rib`,
      '/transfers/new',
      '/transfers/new?kind=internal',
      '/deposits/new',
    ],
    ...['/withdrawals/new', '/operations', operation, `/operations/${postedTransfer.id}`, '/beneficiaries'],
    ...[
      '/standing-orders',
      ...standingOrders.map(({ id }) => `/standing-orders/${id}`),
      `/standing-orders/${fakeId(15, 1)}/end`,
      `/operations/${fakeId(15, 1)}`,
      `/operations/${payments[0]?.id}`,
      `/operations/${sentTransfer.id}`,
      '/transfers/new?every=month',
      `/transfers/new?replaces=${fakeId(15, 1)}`,
    ],
    ...[
      `/beneficiaries/${fakeId(7, 1)}/remove`,
      '/logs',
      '/logs/dashboard',
      '/profile',
      '/security',
      '/security/passkeys/new',
      `/security/passkeys/${fakeId(13, 1)}/remove`,
      '/security/tokens',
      ...WEBHOOK_PAGES,
      '/',
      '/developers',
      '/notifications',
    ],
    asAlice(account, 'entries', { q: 'rent', min_amount: '12,345' }),
    asAlice('/logs', 'logs', { q: 'rent' }),
    `${account}?search=lost`,
  ],
  agent: [
    ...[
      '/inbox',
      '/inbox?tab=second_agent',
      '/inbox?tab=registrations',
      `/inbox/confirm?decision=approve&ids=${selection}`,
      `/inbox/confirm?decision=reject&ids=${selection}`,
      '/inbox/confirm?decision=approve&all=yes',
      `/inbox/outcomes/${fakeId(9, 1)}`,
      '/customers',
      `/customers/${alice.id}`,
      `/customers/${alice.id}/notes`,
      `/customers/${alice.id}/deactivate`,
      `/customers/${alice.id}/verify-name`,
      `/customers/${alice.id}/second-factor`,
      '/accounts',
      account,
      `/accounts/${savings.id}`,
    ],
    ...[
      '/operations',
      operation,
      `/operations/${postedTransfer.id}?verify=1`,
      `/operations/${fakeId(15, 4)}`,
      `/standing-orders/${fakeId(15, 1)}`,
      '/payments/incoming',
      '/payments/suspense',
      ...incomingItems.slice(1, 3).map(({ id }) => `/payments/suspense/${id}`),
      `/payments/suspense/${fakeId(19, 5)}`,
      ...[4, 6, 7].map((number) => `/payments/duplicates/${fakeId(19, number)}`),
      `/operations/${receivedFile.id}`,
      '/interest-runs',
      `/interest-runs/${fakeId(16, 2)}`,
      `/operations/${fakeId(16, 1)}`,
      `/operations/${postedTransfer.id}/reverse`,
      '/payments/batches',
      '/payments/batches?status=sent',
      '/payments/batches/new',
      ...paymentBatches.map(({ id }) => `/payments/batches/${id}`),
      `/payments/batches/${fakeId(16, 1)}?from=101`,
      `/payments/batches/${fakeId(16, 1)}/sent`,
      `/payments/batches/${fakeId(16, 2)}/settled`,
      `/operations/${sentTransfer.id}`,
      '/logs',
      '/logs/dashboard',
    ],
    ...['/notifications', '/reconciliation', '/profile', '/security', '/security/tokens'],
    ...WEBHOOK_PAGES,
    ...[
      asBruno('/inbox', 'inbox', { q: 'Lefèvre', min: '12,345' }),
      asBruno('/customers', 'customers', { q: 'nothing like it' }),
      asBruno('/accounts', 'accounts', { q: 'Lefèvre' }),
      asBruno('/operations', 'operations', { requester: 'alice' }),
      asBruno('/logs', 'logs', { user: 'alice', correlation_id: 'made up' }),
      asBruno('/logs/dashboard', 'logs', { user: 'alice' }),
    ],
  ],
  superuser: [
    ...[
      '/agents',
      '/agents/new',
      '/products',
      '/products/new',
      '/products/livret_a',
      '/setup',
      '/mail',
      '/mail?like=2',
      '/mail/1',
      '/mail/2',
      '/mail/2/discard',
      '/mail/discard?like=2',
      `/agents/${bruno.id}`,
      `/agents/${invited.id}`,
      `/agents/${secondRoot.id}`,
      `/agents/${secondRoot.id}/deactivate`,
      '/customers',
      `/customers/${alice.id}`,
      `/customers/${alice.id}/notes`,
      '/logs',
      '/logs/dashboard',
    ],
    ...['/notifications', '/reconciliation', '/profile', '/security', '/security/tokens'],
  ],
};
