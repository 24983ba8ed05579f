import type { Language, Role, USER_STATUSES } from '@guichet/contract';
import type { Call, Page } from './call.ts';

export interface User {
  id: string;
  username: string;
  email: string;
  pending_email: string | null;
  first_name: string | null;
  last_name: string | null;
  role: Role;
  status: (typeof USER_STATUSES)[number];
  language: Language;
  totp_enabled: boolean;
  email_confirmed: boolean;
  verified_name: { first_name: string | null; last_name: string | null } | null;
  created_at: string;
}

export interface TokenPair {
  access_token: string;
  expires_in: number;
  refresh_token: string;
  scope: string;
  user: User;
}

export interface SessionInfo {
  id: string;
  created_at: string;
  last_used_at: string;
  user_agent: string | null;
  ip: string | null;
  current: boolean;
}

export interface ApiToken {
  id: string;
  name: string;
  scopes: string[];
  created_at?: string;
  expires_at: string;
  last_used_at?: string | null;
}

export interface NewUser {
  username: string;
  email: string;
  password?: string | undefined;
  first_name?: string | undefined;
  last_name?: string | undefined;
  language?: string | undefined;
}

export type UserAction = 'deactivate' | 'reject';

export interface ShownName {
  first_name: string | null;
  last_name: string | null;
}

export interface UserFilter {
  q?: string | undefined;
  role?: string | undefined;
  status?: string | undefined;
  cursor?: string | undefined;
  limit?: number | undefined;
}

export type AuthClient = ReturnType<typeof authClient>;

/** The auth API, as the pages use it. */
export function authClient(call: Call) {
  const path = (rest: string): string => `/api/auth${rest}`;
  return {
    register: (user: NewUser) => call<User>({ method: 'POST', path: path('/register'), body: user }),
    login: (credentials: { username: string; password: string; totp?: string | undefined }) =>
      call<TokenPair>({ method: 'POST', path: path('/login'), body: credentials }),
    refresh: (refreshToken: string) =>
      call<TokenPair>({ method: 'POST', path: path('/refresh'), body: { refresh_token: refreshToken } }),
    logout: () => call<null>({ method: 'POST', path: path('/logout') }),

    forgotPassword: (email: string) =>
      call<unknown>({ method: 'POST', path: path('/password/forgot'), body: { email } }),
    recoverPassword: (token: string, newPassword: string) =>
      call<null>({
        method: 'POST',
        path: path('/password/recover'),
        body: { token, new_password: newPassword },
      }),
    changePassword: (oldPassword: string, newPassword: string) =>
      call<null>({
        method: 'POST',
        path: path('/password/reset'),
        body: { old_password: oldPassword, new_password: newPassword },
      }),

    profile: () => call<User>({ path: path('/profile') }),
    updateProfile: (changes: Partial<Pick<User, 'first_name' | 'last_name' | 'language'>>) =>
      call<User>({ method: 'PATCH', path: path('/profile'), body: changes }),
    changeEmail: (email: string, currentPassword: string) =>
      call<User>({
        method: 'PATCH',
        path: path('/profile'),
        body: { email, current_password: currentPassword },
      }),
    /** By the token of the link that was sent to the new address. */
    confirmEmail: (token: string) =>
      call<null>({ method: 'POST', path: path('/profile/confirm-email'), body: { token } }),

    /** By the token of the link that was sent to the old address. */
    stopEmailChange: (token: string) =>
      call<null>({ method: 'POST', path: path('/profile/stop-email-change'), body: { token } }),

    sessions: () => call<Page<SessionInfo>>({ path: path('/sessions') }),
    revokeSession: (id: string) => call<null>({ method: 'DELETE', path: path(`/sessions/${id}`) }),

    startTotp: (password: string) =>
      call<{ secret: string; otpauth_uri: string }>({
        method: 'POST',
        path: path('/totp'),
        body: { password },
      }),
    confirmTotp: (code: string) =>
      call<{ recovery_codes: string[] }>({ method: 'POST', path: path('/totp/confirm'), body: { code } }),
    removeTotp: (password: string) =>
      call<null>({ method: 'DELETE', path: path('/totp'), body: { password } }),

    tokens: () => call<Page<ApiToken>>({ path: path('/tokens') }),
    createToken: (token: { name: string; scopes: string[]; expires_in_days: number; password: string }) =>
      call<ApiToken & { token: string }>({ method: 'POST', path: path('/tokens'), body: token }),
    revokeToken: (id: string) => call<null>({ method: 'DELETE', path: path(`/tokens/${id}`) }),

    users: (filter: UserFilter) => call<Page<User>>({ path: path('/users'), query: { ...filter } }),
    user: (id: string) => call<User>({ path: path(`/users/${id}`) }),
    /** Both send the name that the agent was shown; auth refuses if it has changed. */
    activateUser: (id: string, name: ShownName) =>
      call<User>({ method: 'POST', path: path(`/users/${id}/activate`), body: { name } }),
    verifyName: (id: string, name: ShownName) =>
      call<User>({ method: 'POST', path: path(`/users/${id}/verify-name`), body: { name } }),
    resetSecondFactor: (id: string) =>
      call<null>({ method: 'DELETE', path: path(`/users/${id}/second-factor`) }),
    doToUser: (id: string, action: UserAction, reason: string | undefined) =>
      call<User>({
        method: 'POST',
        path: path(`/users/${id}/${action}`),
        body: reason === undefined ? {} : { reason },
      }),
    deleteUser: (id: string) => call<null>({ method: 'DELETE', path: path(`/users/${id}`) }),
    createAgent: (agent: NewUser) => call<User>({ method: 'POST', path: path('/agents'), body: agent }),
  };
}
