import { AuthStateView } from '@guichet/contract';
import type { Route } from '@guichet/http';
import { setupRoute } from '@guichet/service';
import { agentRoutes } from './agents/routes.ts';
import { apiTokenRoutes } from './api-tokens/routes.ts';
import type { Deps } from './deps.ts';
import { keyRoutes } from './keys/routes.ts';
import { noteRoutes } from './notes/routes.ts';
import { passkeyRoutes } from './passkeys/routes.ts';
import { passwordRoutes } from './passwords/routes.ts';
import { personalDataRoutes } from './personal-data/routes.ts';
import { profileRoutes } from './profile/routes.ts';
import { registrationRoutes } from './registration/routes.ts';
import { secondFactorRoutes } from './second-factor/routes.ts';
import { sessionRoutes } from './sessions/routes.ts';
import { stepUpRoutes } from './step-up/routes.ts';
import { totpRoutes } from './totp/routes.ts';
import { userRoutes } from './users/routes.ts';

/** Every URL of this service. */
export function authRoutes(deps: Deps): Route[] {
  return [
    ...registrationRoutes(deps), // POST /api/auth/register
    ...sessionRoutes(deps), //      POST /api/auth/{login,login/second-factor,refresh,logout} · GET, DELETE /api/auth/sessions · GET /internal/revocations
    ...passwordRoutes(deps), //     POST /api/auth/password/{reset,forgot,recover}
    ...profileRoutes(deps), //      GET, PATCH /api/auth/profile · POST /api/auth/profile/{confirm-email,stop-email-change} · GET, PUT /api/auth/profile/mails · POST /api/auth/profile/mails/unsubscribe
    ...personalDataRoutes(deps), // GET /api/auth/profile/export
    ...totpRoutes(deps), //         POST, DELETE /api/auth/totp · POST /api/auth/totp/confirm
    ...passkeyRoutes(deps), //      GET, POST, DELETE /api/auth/passkeys · POST /api/auth/passkeys/options · POST /api/auth/login/passkey[/options]
    ...secondFactorRoutes(deps), // DELETE /api/auth/users/{id}/second-factor · POST /internal/second-factor/verify
    ...stepUpRoutes(deps), //       POST /api/auth/step-up[/options]
    ...apiTokenRoutes(deps), //     GET, POST, DELETE /api/auth/tokens
    ...userRoutes(deps), //         /api/auth/users: validate-token · list · {id} · activate · deactivate · reject · verify-name · DELETE
    ...noteRoutes(deps), //         GET, POST /api/auth/users/{id}/notes
    ...agentRoutes(deps), //        POST /api/auth/agents · POST /api/auth/agents/{id}/invite
    ...keyRoutes(deps), //          GET /.well-known/jwks.json
    setupRoute('/api/auth/setup-state', AuthStateView, () => deps.describeSetup()),
  ];
}
