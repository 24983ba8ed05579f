import { mailKindsOf } from '@guichet/contract';
import {
  LinkToken,
  type MailChoices,
  MailChoicesView,
  NewMailChoices,
  ProfileChange,
  ProfileView,
  UnsubscribedView,
} from '@guichet/contract/auth';
import { problems } from '@guichet/errors';
import { noContent, ok, open, type Route, route, token } from '@guichet/http';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { findCaller } from '../users/find-caller.ts';
import type { UserRow } from '../users/store.ts';
import { changeProfile } from './change-profile.ts';
import { chooseMails, unsubscribe } from './choose-mails.ts';
import { confirmEmail } from './confirm-email.ts';
import { stopEmailChange } from './stop-email-change.ts';
import { viewProfile } from './view-profile.ts';

export function profileRoutes(deps: Deps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/auth/profile',
      summary: 'Get your profile',
      access: token({ scope: 'profile' }),
      replies: { 200: ProfileView },
      handle: async ({ caller }) => ok(await viewProfile(deps.db, await findCaller(deps.db, caller))),
    }),
    route({
      method: 'PATCH',
      path: '/api/auth/profile',
      summary: 'Update your profile',
      access: token({ scope: 'profile' }),
      body: ProfileChange,
      replies: { 200: ProfileView },
      refusals: [refuse.wrong_password, refuse.too_many_attempts, problems.too_many_requests],
      handle: async (request) => {
        const { email, current_password, ...named } = request.body;
        const wish =
          email === undefined ? undefined : { address: email, currentPassword: current_password ?? '' };
        const changed = await changeProfile(deps, request.caller, { ...named, email: wish }, request);
        return ok(await viewProfile(deps.db, changed));
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/profile/confirm-email',
      summary: 'Confirm an email address with an emailed link',
      access: open(),
      body: LinkToken,
      replies: { 204: null },
      refusals: [refuse.invalid_link],
      handle: async (request) => {
        await confirmEmail(deps, request.body.token, request);
        return noContent();
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/profile/stop-email-change',
      summary: 'Stop an email address change with the link sent to the old address',
      access: open(),
      body: LinkToken,
      replies: { 204: null },
      refusals: [refuse.invalid_link],
      handle: async (request) => {
        await stopEmailChange(deps, request.body.token, request);
        return noContent();
      },
    }),
    route({
      method: 'GET',
      path: '/api/auth/profile/mails',
      summary: 'Get which emails you refuse',
      access: token({ scope: 'profile' }),
      replies: { 200: MailChoicesView },
      handle: async ({ caller }) => ok(viewChoices(await findCaller(deps.db, caller))),
    }),
    route({
      method: 'PUT',
      path: '/api/auth/profile/mails',
      summary: 'Choose which emails you refuse',
      access: token({ scope: 'profile' }),
      body: NewMailChoices,
      replies: { 200: MailChoicesView },
      handle: async (request) =>
        ok(viewChoices(await chooseMails(deps, request.caller, request.body.refused, request))),
    }),
    route({
      method: 'POST',
      path: '/api/auth/profile/mails/unsubscribe',
      summary: 'Refuse a kind of email with the link in such an email',
      access: open(),
      body: LinkToken,
      replies: { 200: UnsubscribedView },
      refusals: [refuse.invalid_link],
      handle: async (request) => ok({ kind: await unsubscribe(deps, request.body.token, request) }),
    }),
  ];
}

function viewChoices({ role, refused_mails }: UserRow): MailChoices {
  return { kinds: mailKindsOf(role), refused: [...refused_mails] };
}
