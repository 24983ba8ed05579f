import type { AuthState, Page } from '@guichet/contract';
import type {
  ApiToken,
  CreatedApiToken,
  CreatedPasskey,
  Login,
  MailChoices,
  NameVerification,
  NewAgent,
  NewApiToken,
  NewMailChoices,
  NewNote,
  NewPasskey,
  NewSession,
  Note,
  Passkey,
  PasskeyAssertion,
  PasskeyCreationOptions,
  PasskeyRequest,
  PasskeySignIn,
  Profile,
  ProfileChange,
  RecoveryCodes,
  Registration,
  SecondFactor,
  Session,
  SignedIn,
  StepUp,
  StepUpRequest,
  TotpSetup,
  Unsubscribed,
  User,
  UserList,
} from '@guichet/contract/auth';
import { Problem } from '@guichet/errors';
import type { Call } from './call.ts';

export type UserAction = 'deactivate' | 'reject';

export interface UserFilter {
  q?: string | undefined;
  role?: string | undefined;
  status?: string | undefined;
  cursor?: string | undefined;
  limit?: number | undefined;
  total?: boolean | undefined;
}

/** Well within the ten seconds in which auth repeats its answer, also where the clocks of its replicas differ. */
const REFRESH_WITHIN_MS = 3_000;

export type AuthClient = ReturnType<typeof authClient>;

/** The auth API, as the pages use it. */
export function authClient(call: Call) {
  const path = (rest: string): string => `/api/auth${rest}`;
  return {
    register: (user: Registration) => call<User>({ method: 'POST', path: path('/register'), body: user }),
    login: (credentials: Login) =>
      call<NewSession>({ method: 'POST', path: path('/login'), body: credentials }),
    finishSignIn: (secondFactor: SecondFactor) =>
      call<NewSession>({ method: 'POST', path: path('/login/second-factor'), body: secondFactor }),
    refresh: (refreshToken: string) => {
      const send = () =>
        call<SignedIn>({
          method: 'POST',
          path: path('/refresh'),
          body: { refresh_token: refreshToken },
          answerWithinMs: REFRESH_WITHIN_MS,
        });
      // The token may be used up although no answer came. A later attempt would count as theft.
      return send().catch((error: unknown) => {
        if (error instanceof Problem && error.status < 500) throw error;
        return send();
      });
    },
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

    setupState: () => call<AuthState>({ path: path('/setup-state') }),

    profile: () => call<Profile>({ path: path('/profile') }),
    updateProfile: (changes: Pick<ProfileChange, 'first_name' | 'last_name' | 'language'>) =>
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

    mailChoices: () => call<MailChoices>({ path: path('/profile/mails') }),
    chooseMails: (refused: NewMailChoices['refused']) =>
      call<MailChoices>({ method: 'PUT', path: path('/profile/mails'), body: { refused } }),
    /** By the token of the link in the foot of a mail. */
    unsubscribe: (token: string) =>
      call<Unsubscribed>({ method: 'POST', path: path('/profile/mails/unsubscribe'), body: { token } }),

    /** By the token of the link in the mail about the sign-in. */
    stopSignIn: (token: string) =>
      call<null>({ method: 'POST', path: path('/sessions/stop-sign-in'), body: { token } }),

    sessions: () => call<Page<Session>>({ path: path('/sessions') }),
    signOutEverywhere: () => call<null>({ method: 'DELETE', path: path('/sessions') }),
    revokeSession: (id: string) => call<null>({ method: 'DELETE', path: path(`/sessions/${id}`) }),

    startTotp: (password: string) =>
      call<TotpSetup>({
        method: 'POST',
        path: path('/totp'),
        body: { password },
      }),
    confirmTotp: (code: string) =>
      call<RecoveryCodes>({ method: 'POST', path: path('/totp/confirm'), body: { code } }),
    removeTotp: (password: string) =>
      call<null>({ method: 'DELETE', path: path('/totp'), body: { password } }),

    passkeys: () => call<Page<Passkey>>({ path: path('/passkeys') }),
    /** What a browser creates a passkey with. */
    startPasskey: (password: string) =>
      call<PasskeyCreationOptions>({ method: 'POST', path: path('/passkeys/options'), body: { password } }),
    addPasskey: (passkey: NewPasskey) =>
      call<CreatedPasskey>({ method: 'POST', path: path('/passkeys'), body: passkey }),
    removePasskey: (id: string, password: string) =>
      call<null>({ method: 'DELETE', path: path(`/passkeys/${id}`), body: { password } }),
    /** What a browser signs in with; as the second step of the sign-in that `ticket` stands for. */
    startPasskeySignIn: (ticket: string | null) =>
      call<PasskeyRequest>({
        method: 'POST',
        path: path('/login/passkey/options'),
        body: { sign_in: ticket } satisfies PasskeySignIn,
      }),
    signInWithPasskey: (assertion: PasskeyAssertion) =>
      call<NewSession>({ method: 'POST', path: path('/login/passkey'), body: assertion }),

    /** The challenge that a passkey signs to confirm this payment. */
    startStepUp: (payment: StepUpRequest) =>
      call<PasskeyRequest>({ method: 'POST', path: path('/step-up/options'), body: payment }),
    confirmStepUp: (assertion: PasskeyAssertion) =>
      call<StepUp>({ method: 'POST', path: path('/step-up'), body: assertion }),

    tokens: () => call<Page<ApiToken>>({ path: path('/tokens') }),
    createToken: (token: NewApiToken) =>
      call<CreatedApiToken>({ method: 'POST', path: path('/tokens'), body: token }),
    revokeToken: (id: string) => call<null>({ method: 'DELETE', path: path(`/tokens/${id}`) }),

    users: (filter: UserFilter) => call<UserList>({ path: path('/users'), query: { ...filter } }),
    user: (id: string) => call<User>({ path: path(`/users/${id}`) }),
    /** Both send the name that the agent was shown; auth refuses if it has changed. */
    activateUser: (id: string, name: NonNullable<NameVerification['name']>) =>
      call<User>({ method: 'POST', path: path(`/users/${id}/activate`), body: { name } }),
    verifyName: (id: string, name: NonNullable<NameVerification['name']>) =>
      call<User>({ method: 'POST', path: path(`/users/${id}/verify-name`), body: { name } }),
    resetSecondFactor: (id: string) =>
      call<null>({ method: 'DELETE', path: path(`/users/${id}/second-factor`) }),
    changeUserStatus: (id: string, action: UserAction, reason: string | undefined) =>
      call<User>({
        method: 'POST',
        path: path(`/users/${id}/${action}`),
        body: reason === undefined ? {} : { reason },
      }),
    notes: (id: string, page: { limit: number; cursor?: string | undefined }) =>
      call<Page<Note>>({ path: path(`/users/${id}/notes`), query: page }),
    addNote: (id: string, body: NewNote, idempotencyKey: string) =>
      call<Note>({ method: 'POST', path: path(`/users/${id}/notes`), body, idempotencyKey }),
    deleteUser: (id: string) => call<null>({ method: 'DELETE', path: path(`/users/${id}`) }),
    inviteAgain: (id: string) => call<User>({ method: 'POST', path: path(`/agents/${id}/invite`) }),
    createAgent: (agent: NewAgent) => call<User>({ method: 'POST', path: path('/agents'), body: agent }),
  };
}
