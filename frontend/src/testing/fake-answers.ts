import { AccountsStateView, AuthStateView, LoggingStateView, listOf, type Role } from '@guichet/contract';
import {
  AccountView,
  type Beneficiary,
  BeneficiaryView,
  type BulkDecision,
  BulkDecisionView,
  type DecisionOutcome,
  EntryView,
  type Inbox,
  InboxCountsView,
  InboxView,
  type Operation,
  OperationEntryView,
  OperationView,
  PayeeCheckView,
  type Reconciliation,
  ReconciliationView,
  type ReviewFacts,
  ReviewFactsView,
  StatementView,
} from '@guichet/contract/accounts';
import {
  type ApiToken,
  ApiTokenView,
  NewApiTokenView,
  type Note,
  NoteView,
  RecoveryCodesView,
  type Session,
  SessionView,
  type SignedIn,
  SignedInView,
  TotpSetupView,
  type User,
  UserList,
  UserView,
} from '@guichet/contract/auth';
import { LOG_ACTIONS } from '@guichet/contract/events';
import {
  LogEntryView,
  type LogStats,
  LogStatsView,
  type LogVerification,
  LogVerificationView,
} from '@guichet/contract/logging';
import type { z } from 'zod';
import { accountsState, authState, loggingState } from './bank-state.ts';
import { fit } from './fit.ts';
import {
  beneficiaries,
  buildAccount,
  buildEntries,
  buildLogEntry,
  buildOperation,
  buildUser,
  fakeId,
} from './fixtures.ts';
import { type Answer, problem, type Received } from './messages.ts';

const alice = buildUser('alice', 'member');
const bruno = buildUser('bruno', 'agent');
const root = buildUser('root', 'superuser');
const waiting = buildUser('denis', 'member', { status: 'pending' });
/** An agent who has not accepted the invitation yet. */
export const invited = buildUser('chloe', 'agent', {
  status: 'pending',
  invitation_expires_at: '2099-11-27T09:12:00.000Z',
});
const people: Record<string, User> = { alice, bruno, root };
const byRole: Record<Role, User> = { member: alice, agent: bruno, superuser: root };

export const household = buildAccount(1, alice);
export const savings = buildAccount(2, alice, {
  name: 'Holidays',
  type: 'savings',
  balance: 1_250_000,
  held: 0,
  available: 1_250_000,
});
const asked = buildAccount(3, alice, {
  name: 'Studio',
  status: 'pending',
  rib: null,
  iban: null,
  balance: 0,
  held: 0,
  available: 0,
  opened_at: null,
});
const accounts = [household, savings, asked];
/** An account that can be closed. No list has it. */
export const emptied = buildAccount(4, alice, { name: 'Old account', balance: 0, held: 0, available: 0 });

export const pendingTransfer = buildOperation(1, alice);
export const postedTransfer = buildOperation(2, alice, {
  status: 'posted',
  decisions: [
    {
      by: { id: bruno.id, username: 'bruno' },
      decision: 'approve',
      reason: null,
      at: '2026-11-20T16:20:00.000Z',
    },
  ],
  transfer_id: fakeId(5, 1),
  decided_at: '2026-11-20T16:20:00.000Z',
});
const rejected = buildOperation(3, alice, {
  type: 'withdrawal',
  status: 'rejected',
  to: null,
  from_account_id: null,
  account_id: household.id,
  decisions: [
    {
      by: { id: bruno.id, username: 'bruno' },
      decision: 'reject',
      reason: 'Come in person',
      at: '2026-11-18T10:02:00.000Z',
    },
  ],
  decided_at: '2026-11-18T10:02:00.000Z',
});
/** Dated from today, because only recent refusals are news. */
const daysAgo = (days: number): string => new Date(Date.now() - days * 24 * 3_600_000).toISOString();
export const refusedTransfer = buildOperation(6, alice, {
  status: 'rejected',
  amount: 12_500,
  to: { name: 'Atelier Vasseur', iban: 'FR7630006000011234567890189' },
  reference: 'Invoice 1182',
  decisions: [
    {
      by: { id: bruno.id, username: 'bruno' },
      decision: 'reject',
      reason: 'The invoice is for someone else',
      at: daysAgo(2),
    },
  ],
  created_at: daysAgo(3),
  decided_at: daysAgo(2),
});
const opening = buildOperation(4, alice, {
  type: 'open_account',
  amount: null,
  to: null,
  from_account_id: null,
  account_id: asked.id,
  reference: null,
});
const large = buildOperation(5, alice, {
  amount: 1_850_000,
  required_approvals: 2,
  reference: 'Studio, deposit',
});
const operations = [refusedTransfer, pendingTransfer, postedTransfer, rejected, opening, large];

const many = Array.from({ length: 60 }, (_, index) =>
  buildOperation(200 + index, alice, { amount: 1_200 + index * 997, reference: null }),
);

const entriesOf = (id: string) => {
  const account = accounts.find((one) => one.id === id) ?? household;
  return account.status === 'open' ? buildEntries(50, account) : [];
};

const postingsOf = (operationId: string) =>
  operationId !== postedTransfer.id
    ? []
    : buildEntries(1, household).flatMap((entry) => [
        { ...entry, operation_id: operationId, account_id: household.id },
        { ...entry, operation_id: operationId, account_id: 'house:clearing:EUR', balance_after: null },
      ]);

const log = Object.keys(LOG_ACTIONS)
  .slice(0, 40)
  .map((action, index) =>
    buildLogEntry(index + 1, index % 5 === 0 ? null : alice, {
      action,
      service: index % 3 === 0 ? 'auth' : 'accounts',
      level: index % 9 === 4 ? 'WARNING' : index === 7 ? 'ERROR' : 'INFO',
    }),
  );

const list = <View extends z.ZodType>(view: View, items: z.output<View>[]): Answer => ({
  status: 200,
  body: fit(listOf(view), { items, next: null }),
});
const one = <View extends z.ZodType>(view: View, item: z.output<View> | undefined): Answer =>
  item === undefined
    ? { status: 404, body: problem(404, 'not_found') }
    : { status: 200, body: fit(view, item) };
const made = <View extends z.ZodType>(view: View, item: z.output<View>): Answer => ({
  status: 201,
  body: fit(view, item),
});

/** Answers from fixtures; requests change nothing. */
export function answerFromFixtures(request: Received, role: Role | null): Answer | undefined {
  const { method, path } = request;
  const open = openAnswer(request);
  if (open !== undefined) return open;
  if (role === null) return { status: 401, body: problem(401, 'unauthenticated') };
  const id = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(path)?.[0] ?? 'no id';
  const route = `${method} ${path.replace(id, ':id')}`;
  return answersByRoute(request, role, id)[route]?.();
}

/** Every route that the fake bank knows; `id` is the one in the request's path. */
export function answersByRoute(request: Received, role: Role, id: string): Record<string, () => Answer> {
  return {
    'POST /api/auth/logout': () => ({ status: 204 }),
    'GET /api/auth/profile': () => one(UserView, byRole[role]),
    'PATCH /api/auth/profile': () => one(UserView, changed(byRole[role], request)),
    'GET /api/auth/sessions': () => list(SessionView, sessions),
    'GET /api/auth/tokens': () => list(ApiTokenView, [token]),
    'POST /api/auth/tokens': () => made(NewApiTokenView, { ...token, token: 'only-shown-once' }),
    'POST /api/auth/totp/confirm': () => one(RecoveryCodesView, { recovery_codes: RECOVERY_CODES }),
    'POST /api/auth/totp': () =>
      one(TotpSetupView, {
        secret: 'JBSWY3DPEHPK3PXP',
        otpauth_uri: 'otpauth://totp/Guichet:alice?secret=JBSWY3DPEHPK3PXP',
      }),
    'GET /api/auth/users': () => one(UserList, usersFor(request)),
    'GET /api/auth/users/:id': () =>
      one(
        UserView,
        [alice, bruno, invited, waiting].find((user) => user.id === id),
      ),
    'GET /api/auth/users/:id/notes': () => list(NoteView, notes),
    'POST /api/auth/users/:id/notes': () => made(NoteView, notes[0] as Note),
    'POST /api/auth/agents/:id/invite': () => one(UserView, invited),
    'POST /api/auth/agents': () => made(UserView, buildUser('chloe', 'agent')),
    'GET /api/accounts': () =>
      list(AccountView, request.query.get('status') === 'open' ? [household, savings] : accounts),
    'GET /api/accounts/:id': () =>
      one(
        AccountView,
        [...accounts, emptied].find((account) => account.id === id),
      ),
    'GET /api/accounts/:id/transactions': () => list(EntryView, entriesOf(id)),
    'GET /api/accounts/:id/statement': () =>
      one(StatementView, {
        account: household,
        month: '2026-11',
        opening_balance: 210_000,
        closing_balance: household.balance,
        entries: entriesOf(id).slice(0, 12),
      }),
    'GET /api/operations': () => list(OperationView, operationsFor(request, role)),
    'GET /api/inbox': () => one(InboxView, inboxFor(request)),
    'GET /api/inbox/counts': () =>
      one(InboxCountsView, { mine: waitingOperations().length, second_agent: 0 }),
    'GET /api/operations/:id/review-facts': () => {
      const operation = [...operations, ...many].find((each) => each.id === id);
      return one(ReviewFactsView, operation === undefined ? undefined : factsOf(operation));
    },
    'GET /api/operations/decisions/:id': () => one(BulkDecisionView, lastOutcomes),
    'GET /api/operations/:id/entries': () => list(OperationEntryView, postingsOf(id)),
    'GET /api/operations/:id': () =>
      one(
        OperationView,
        [...operations, ...many].find((operation) => operation.id === id),
      ),
    'POST /api/operations': () => made(OperationView, pendingTransfer),
    'POST /api/accounts': () => made(OperationView, opening),
    'POST /api/accounts/:id/close': () => made(OperationView, { ...pendingTransfer, type: 'close_account' }),
    'POST /api/accounts/:id/rib': () => made(OperationView, { ...pendingTransfer, type: 'renew_rib' }),
    'POST /api/operations/:id/approve': () => one(OperationView, { ...pendingTransfer, status: 'posted' }),
    'POST /api/operations/:id/reject': () => one(OperationView, { ...pendingTransfer, status: 'rejected' }),
    'POST /api/operations/:id/cancel': () => one(OperationView, { ...pendingTransfer, status: 'cancelled' }),
    'POST /api/beneficiaries': () => made(BeneficiaryView, beneficiaries[0] as Beneficiary),
    'POST /api/payees/verify': () =>
      one(PayeeCheckView, { result: 'close_match', suggestion: 'Régie Immobilière du Parc' }),
    'GET /api/beneficiaries': () => list(BeneficiaryView, beneficiaries),
    'POST /api/operations/decisions': () => {
      lastOutcomes = { items: outcomesOf(request) };
      return one(BulkDecisionView, lastOutcomes);
    },
    'GET /api/ledger/reconciliation': () => one(ReconciliationView, reconciliation),
    'POST /api/ledger/reconciliation': () => one(ReconciliationView, reconciliation),
    'GET /api/auth/setup-state': () => one(AuthStateView, authState),
    'GET /api/accounts/setup-state': () => one(AccountsStateView, accountsState),
    'GET /api/logs/setup-state': () => one(LoggingStateView, loggingState),
    'GET /api/logs': () => list(LogEntryView, log),
    'GET /api/logs/stats': () => one(LogStatsView, stats),
    'GET /api/logs/verify': () => one(LogVerificationView, verification),
  };
}

function openAnswer({ method, path, body }: Received): Answer | undefined {
  if (path === '/readyz') return { status: 200, body: { ready: true, missing: [] } };
  if (path.endsWith('/openapi.json')) return { status: 200, body: openapi };
  if (method !== 'POST') return undefined;
  const given = body as Record<string, string>;
  if (path === '/api/auth/login') {
    const user = people[given.username ?? ''];
    const ok = user !== undefined && given.password === 'correct horse battery';
    return ok
      ? one(SignedInView, tokensFor(user))
      : { status: 401, body: problem(401, 'invalid_credentials') };
  }
  if (path === '/api/auth/refresh') {
    const user = people[given.refresh_token?.split('-').at(-1) ?? ''];
    return user === undefined
      ? { status: 401, body: problem(401, 'invalid_refresh_token') }
      : one(SignedInView, tokensFor(user));
  }
  if (path === '/api/auth/register')
    return made(UserView, buildUser(given.username ?? '', 'member', { status: 'pending' }));
  if (path === '/api/auth/password/forgot') return { status: 202, body: {} };
  return undefined;
}

export function tokensFor(user: User): SignedIn {
  return {
    access_token: `access-${user.role}`,
    token_type: 'Bearer',
    expires_in: 600,
    refresh_token: `refresh-${user.username}`,
    scope: 'profile',
    user,
  };
}

/** What a bulk decision came to, for the page that shows it afterwards. */
let lastOutcomes: { items: DecisionOutcome[] } = {
  items: [{ id: postedTransfer.id, status: 'posted', error: null }],
};

/** A new email address waits until its link is followed. */
function changed(user: User, { body }: Received): User {
  const { email, current_password: _password, ...profile } = body as Record<string, string>;
  return { ...user, ...profile, pending_email: email ?? null };
}

function waitingOperations(): Operation[] {
  return [...operations, ...many].filter(({ status }) => status === 'pending');
}

function inboxFor({ query }: Received): Inbox {
  const waiting = query.get('tab') === 'second_agent' ? [] : waitingOperations();
  const after = query.get('after');
  const from = after === null ? 0 : waiting.findIndex(({ id }) => id === after) + 1;
  const page = waiting.slice(from, from + Number(query.get('limit') ?? 50));
  return {
    items: page.map((operation) => ({ operation, facts: factsOf(operation) })),
    next: null,
    total: waiting.length,
    sums: [{ currency: 'EUR', amount: waiting.reduce((sum, { amount }) => sum + (amount ?? 0), 0) }],
  };
}

function factsOf(operation: Operation): ReviewFacts {
  const { id, to, payee_check: check, required_approvals: approvals } = operation;
  return {
    operation_id: id,
    can_decide: operation.status === 'pending',
    customer: { id: alice.id, username: 'alice', verified_name: 'Alice Martin' },
    account: {
      id: household.id,
      name: household.name,
      currency: 'EUR',
      opened_at: household.opened_at,
      available_before: 482_317,
      available_after: 398_317,
    },
    receiving_account: operation.type === 'internal_transfer' ? { id: savings.id, name: savings.name } : null,
    payee: to === null ? null : { verified_name: null, is_ours: false, is_first_payment: true, check },
    others_today: { count: 2, sums: [{ currency: 'EUR', amount: 12_000 }] },
    second_agent:
      approvals > 1 ? { reason: 'above_threshold', threshold: 1_000_000, approved_today: 0 } : null,
  };
}

function usersFor({ query }: Received): UserList {
  const status = query.get('status');
  const all = query.get('role') === 'agent' ? [bruno, invited] : [alice, waiting];
  const q = query.get('q') ?? '';
  const items = all.filter(
    (user) => (status === null || user.status === status) && user.username.includes(q),
  );
  return { items, next: null, total: query.get('total') === 'true' ? items.length : null };
}

function operationsFor({ query }: Received, role: Role) {
  const status = query.get('status');
  if (query.get('account') === emptied.id) return [];
  const all = role === 'agent' ? [...operations, ...many] : operations;
  const ids = query.get('ids')?.split(',');
  if (ids !== undefined) return all.filter(({ id }) => ids.includes(id));
  return status === null ? all : all.filter((operation) => operation.status === status);
}

function outcomesOf({ body }: Received): DecisionOutcome[] {
  const { items } = body as BulkDecision;
  return items.map(({ id, decision }, index) =>
    index === 0
      ? {
          id,
          status: 'pending',
          error: { code: 'insufficient_funds', title: 'Insufficient funds' },
        }
      : { id, status: decision === 'approve' ? 'posted' : 'rejected', error: null },
  );
}

const sessions: Session[] = [
  {
    id: fakeId(8, 1),
    created_at: '2026-11-20T08:00:00.000Z',
    last_used_at: '2026-11-20T16:00:00.000Z',
    user_agent: 'Firefox 144 on Linux',
    ip: '192.0.2.14',
    current: true,
  },
  {
    id: fakeId(8, 2),
    created_at: '2026-11-02T08:00:00.000Z',
    last_used_at: '2026-11-19T19:00:00.000Z',
    user_agent: 'Safari on iPhone',
    ip: '198.51.100.7',
    current: false,
  },
];
const notes: Note[] = [
  {
    id: fakeId(12, 2),
    text: 'Called about the rent, which is due on the 5th.\nShe sends the lease by post.',
    author: { id: bruno.id, username: 'bruno' },
    created_at: '2026-11-20T10:30:00.000Z',
  },
  {
    id: fakeId(12, 1),
    text: 'Moved from Lyon to Paris; keeps her accounts.',
    author: { id: bruno.id, username: 'bruno' },
    created_at: '2026-10-02T15:04:00.000Z',
  },
];
const RECOVERY_CODES = Array.from({ length: 10 }, (_, index) => `k7m2${index}-q9xw${index}`);
const token: ApiToken = {
  id: fakeId(9, 1),
  name: 'Household book',
  scopes: ['accounts:read'],
  created_at: '2026-11-01T00:00:00.000Z',
  expires_at: '2027-02-01T00:00:00.000Z',
  last_used_at: null,
};
const reconciliation: Reconciliation = {
  ok: true,
  checks: [
    'balances_equal_entries',
    'held_equals_waiting_operations',
    'entries_sum_to_zero',
    'transfers_balance',
  ].map((name, index) => ({ name, ok: true, checked: 40 + index * 13, broken: [] })),
  finished_at: '2026-11-20T16:30:00.000Z',
};
const verification: LogVerification = {
  ok: true,
  checked: 1_204,
  first_break: null,
  reason: null,
  head: { sequence: 1_204, hash: '9f2b7d1c4a5e8f00112233445566778899aabbccddeeff00112233445566778899' },
};
const stats: LogStats = {
  total: 1_204,
  by_level: { INFO: 1_160, WARNING: 41, ERROR: 3 },
  by_action: Object.fromEntries(
    Object.keys(LOG_ACTIONS)
      .slice(0, 16)
      .map((action, index) => [action, 300 - index * 17]),
  ),
  by_service: { auth: 480, accounts: 690, mailer: 34 },
  series: Array.from({ length: 28 }, (_, index) => ({
    start: new Date(Date.UTC(2026, 9, 24 + index, 22)).toISOString(),
    info: 20 + ((index * 37) % 60),
    warning: index % 6 === 0 ? 7 : 1,
    error: index === 19 ? 3 : 0,
  })),
};
const openapi = {
  paths: {
    '/api/accounts': {
      get: {
        summary: 'Accounts',
        security: [{ bearer: [] }],
        parameters: [{ name: 'q', in: 'query', schema: { type: 'string' } }],
        responses: { 200: { description: 'The accounts' } },
      },
      post: {
        summary: 'Request a new account',
        security: [{ bearer: [] }],
        requestBody: {
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['name'],
                properties: { name: { type: 'string' }, type: { enum: ['current', 'savings'] } },
              },
            },
          },
        },
        responses: { 201: { description: 'The operation' }, 409: { description: 'no_active_agent' } },
      },
    },
  },
};
