import {
  IdParams,
  isPassive,
  LENGTHS,
  PassiveHeaders,
  paging,
  ROLES,
  text,
  USER_STATUSES,
} from '@guichet/contract';
import {
  NameVerification,
  UserActivation,
  UserDecision,
  UserList,
  UserView,
  ValidTokenView,
} from '@guichet/contract/auth';
import { noContent, ok, type Route, route, token } from '@guichet/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { pageOf, requestedPage } from '../paging.ts';
import { activateUser } from './activate-user.ts';
import { deactivateUser } from './deactivate-user.ts';
import { deleteUser } from './delete-user.ts';
import { findCaller } from './find-caller.ts';
import { countSupervisedUsers, findSupervisedUser, listSupervisedUsers } from './find-user.ts';
import { recordCustomerViewing } from './record-customer-viewing.ts';
import { rejectUser } from './reject-user.ts';
import { verifyName } from './verify-name.ts';
import { viewUser } from './views.ts';

const supervision = token({ scope: 'users:manage' });

export function userRoutes(deps: Deps): Route[] {
  return [
    // Before /users/:id, which would match it as an id.
    route({
      method: 'GET',
      path: '/api/auth/users/validate-token',
      summary: 'Validate a token and check that its user is still active',
      access: token(),
      replies: { 200: ValidTokenView },
      handle: async ({ caller }) => {
        const { id, username, role, status } = viewUser(await findCaller(deps.db, caller));
        const user = { id, username, role, status };
        return ok({ valid: true, user, scopes: caller.scopes, expires_at: caller.expiresAt.toISOString() });
      },
    }),
    route({
      method: 'GET',
      path: '/api/auth/users',
      summary: 'List the users you manage, newest first',
      access: supervision,
      query: z.strictObject({
        ...paging,
        q: text(LENGTHS.search).trim().optional(),
        /** `staff`: agents and superusers. */
        role: z.enum([...ROLES, 'staff']).optional(),
        status: z.enum(USER_STATUSES).optional(),
        /** Whether to count all users that match the filters. */
        total: z.enum(['true', 'false']).default('false'),
      }),
      replies: { 200: UserList },
      handle: async ({ caller, query }) => {
        const filter = { q: query.q || undefined, role: query.role, status: query.status };
        const [rows, total] = await Promise.all([
          listSupervisedUsers(deps, caller, filter, requestedPage(query)),
          query.total === 'true' ? countSupervisedUsers(deps, caller, filter) : null,
        ]);
        return ok({ ...pageOf(rows, query.limit, viewUser), total });
      },
    }),
    route({
      method: 'GET',
      path: '/api/auth/users/:id',
      summary: 'Get a user you manage',
      access: supervision,
      params: IdParams,
      headers: PassiveHeaders,
      replies: { 200: UserView },
      handle: async (request) => {
        const { caller, headers, isHead } = request;
        const user = await findSupervisedUser(deps, caller, request.params.id);
        // Before the answer: what can't be logged isn't shown.
        if (!isHead)
          await recordCustomerViewing(deps, user, { caller, origin: request, isPassive: isPassive(headers) });
        return ok(viewUser(user));
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/users/:id/activate',
      summary: 'Activate a user, from any state',
      access: supervision,
      params: IdParams,
      body: UserActivation,
      replies: { 200: UserView },
      refusals: [refuse.name_changed],
      handle: async (request) => {
        const { reason = null, name: shown = null } = request.body;
        const decision = { userId: request.params.id, reason, shown };
        return ok(viewUser(await activateUser(deps, request.caller, decision, request)));
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/users/:id/verify-name',
      summary: 'Verify a member’s name',
      access: token({ scope: 'users:manage', roles: ['agent'] }),
      params: IdParams,
      body: NameVerification,
      replies: { 200: UserView },
      refusals: [refuse.name_changed],
      handle: async (request) => {
        const verification = { userId: request.params.id, shown: request.body.name ?? null };
        return ok(viewUser(await verifyName(deps, request.caller, verification, request)));
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/users/:id/deactivate',
      summary: 'Deactivate an active user',
      access: supervision,
      params: IdParams,
      body: UserDecision,
      replies: { 200: UserView },
      refusals: [refuse.not_active, refuse.last_superuser],
      handle: async (request) => {
        const decision = { userId: request.params.id, reason: request.body.reason ?? null };
        return ok(viewUser(await deactivateUser(deps, request.caller, decision, request)));
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/users/:id/reject',
      summary: 'Reject a registration',
      access: supervision,
      params: IdParams,
      body: UserDecision,
      replies: { 200: UserView },
      refusals: [refuse.not_pending],
      handle: async (request) => {
        const decision = { userId: request.params.id, reason: request.body.reason ?? null };
        return ok(viewUser(await rejectUser(deps, request.caller, decision, request)));
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/auth/users/:id',
      summary: 'Delete a user without money or pending requests',
      access: supervision,
      params: IdParams,
      replies: { 204: null },
      refusals: [refuse.user_has_accounts, refuse.last_superuser],
      handle: async (request) => {
        await deleteUser(deps, request.caller, request.params.id, request);
        return noContent();
      },
    }),
  ];
}
