import { PasswordChange, PasswordForgotten, PasswordRecovery } from '@guichet/contract/auth';
import { problems } from '@guichet/errors';
import { accepted, noContent, open, type Route, route, session } from '@guichet/http';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { changePassword } from './change-password.ts';
import { forgotPassword } from './forgot-password.ts';
import { recoverPassword } from './recover-password.ts';

export function passwordRoutes(deps: Deps): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/auth/password/reset',
      summary: 'Change your password',
      access: session(),
      body: PasswordChange,
      replies: { 204: null },
      refusals: [refuse.wrong_password, refuse.password_too_weak, refuse.too_many_attempts],
      handle: async (request) => {
        const { old_password, new_password } = request.body;
        await changePassword(
          deps,
          request.caller,
          { oldPassword: old_password, newPassword: new_password },
          request,
        );
        return noContent();
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/password/forgot',
      summary: 'Request a password reset email',
      access: open(),
      body: PasswordForgotten,
      replies: { 202: null },
      refusals: [problems.too_many_requests],
      handle: async (request) => {
        await forgotPassword(deps, request.body.email, request);
        return accepted();
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/password/recover',
      summary: 'Set a new password with an emailed link',
      access: open(),
      body: PasswordRecovery,
      replies: { 204: null },
      refusals: [refuse.invalid_link, refuse.password_too_weak],
      handle: async (request) => {
        const { token, new_password } = request.body;
        await recoverPassword(deps, { token, newPassword: new_password }, request);
        return noContent();
      },
    }),
  ];
}
