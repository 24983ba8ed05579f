import {
  PasswordConfirmation,
  RecoveryCodesView,
  TotpConfirmation,
  TotpSetupView,
} from '@guichet/contract/auth';
import { noContent, ok, type Route, route, session } from '@guichet/http';
import type { Deps } from '../deps.ts';
import { refuse, refuseSetup } from '../errors.ts';
import { confirmTotp } from './confirm-totp.ts';
import { disableTotp } from './disable-totp.ts';
import { startTotp } from './start-totp.ts';

export function totpRoutes(deps: Deps): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/auth/totp',
      summary: 'Set up two-factor authentication',
      access: session(),
      body: PasswordConfirmation,
      replies: { 200: TotpSetupView },
      refusals: [refuse.wrong_password, refuse.too_many_attempts, refuse.totp_already_enabled],
      handle: async (request) => {
        const { caller, body } = request;
        const { secret, otpauthUri } = await startTotp(deps, caller, body.password, request);
        return ok({ secret, otpauth_uri: otpauthUri });
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/totp/confirm',
      summary: 'Turn on two-factor authentication with a first code',
      access: session(),
      body: TotpConfirmation,
      replies: { 200: RecoveryCodesView },
      refusals: [refuseSetup.invalid_totp, refuse.totp_already_enabled, refuse.too_many_attempts],
      handle: async (request) =>
        ok({ recovery_codes: await confirmTotp(deps, request.caller, request.body.code, request) }),
    }),
    route({
      method: 'DELETE',
      path: '/api/auth/totp',
      summary: 'Turn off two-factor authentication',
      access: session(),
      body: PasswordConfirmation,
      replies: { 204: null },
      refusals: [refuse.wrong_password, refuse.too_many_attempts],
      handle: async (request) => {
        await disableTotp(deps, request.caller, request.body.password, request);
        return noContent();
      },
    }),
  ];
}
