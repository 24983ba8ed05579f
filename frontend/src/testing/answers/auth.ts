import { AuthStateView, mailKindsOf } from '@guichet/contract';
import {
  type ApiToken,
  ApiTokenView,
  type MailChoices,
  MailChoicesView,
  NewApiTokenView,
  NewPasskeyView,
  type Note,
  NoteView,
  type Passkey,
  PasskeyCreationOptionsView,
  PasskeyRequestView,
  PasskeyView,
  type Profile,
  ProfileView,
  RecoveryCodesView,
  type Session,
  SessionView,
  StepUpView,
  TotpSetupView,
  type User,
  UserList,
  UserView,
} from '@guichet/contract/auth';
import { authState } from '../bank-state.ts';
import { buildUser, fakeId } from '../fixtures.ts';
import type { Answer, Received } from '../messages.ts';
import { alice, bruno, byRole, invited, registered, secondRoot } from './people.ts';
import { type Answers, byId, type Call, created, list, one } from './replies.ts';

export function authAnswers({ request, role, id }: Call): Answers {
  return {
    'POST /api/auth/logout': () => ({ status: 204 }),
    'GET /api/auth/profile': () => one(ProfileView, profileOf(byRole[role])),
    'GET /api/auth/profile/mails': () => one(MailChoicesView, { kinds: mailKindsOf(role), refused: [] }),
    'PUT /api/auth/profile/mails': () => {
      const { refused = [] } = request.body as Partial<MailChoices>;
      return one(MailChoicesView, { kinds: mailKindsOf(role), refused });
    },
    'PATCH /api/auth/profile': () => one(ProfileView, profileOf(changed(byRole[role], request))),
    'GET /api/auth/sessions': () => list(SessionView, sessions),
    'GET /api/auth/passkeys': () => list(PasskeyView, role === 'member' ? passkeys : []),
    'POST /api/auth/passkeys/options': () => one(PasskeyCreationOptionsView, passkeyCreation),
    'POST /api/auth/passkeys': () =>
      created(NewPasskeyView, { ...(passkeys[0] as Passkey), recovery_codes: RECOVERY_CODES }),
    'POST /api/auth/step-up/options': () => one(PasskeyRequestView, confirmationRequest),
    'POST /api/auth/step-up': () => one(StepUpView, { step_up: CONFIRMED }),
    'DELETE /api/auth/passkeys/:id': () => ({ status: 204 }),
    'GET /api/auth/tokens': () => list(ApiTokenView, [token]),
    'POST /api/auth/tokens': () => created(NewApiTokenView, { ...token, token: 'only-shown-once' }),
    'POST /api/auth/totp/confirm': () => one(RecoveryCodesView, { recovery_codes: RECOVERY_CODES }),
    'POST /api/auth/totp': () => one(TotpSetupView, totpSetup),
    'GET /api/auth/users': () => one(UserList, usersFor(request)),
    'GET /api/auth/users/:id': () =>
      one(UserView, byId([alice, bruno, invited, registered, secondRoot, byRole.superuser], id)),
    'GET /api/auth/users/:id/notes': () => list(NoteView, notes),
    'POST /api/auth/users/:id/notes': () => created(NoteView, notes[0] as Note),
    'POST /api/auth/agents/:id/invite': () => one(UserView, invited),
    'POST /api/auth/agents': () => created(UserView, buildUser('chloe', 'agent')),
    'GET /api/auth/setup-state': () => one(AuthStateView, authState),
  };
}

/** The member has passkeys. The agent has two-factor authentication, and hardly any recovery codes left. */
function profileOf(user: User): Profile {
  const isOn = user.role === 'agent';
  return {
    ...user,
    totp_enabled: isOn,
    passkeys: user.role === 'member' ? passkeys.length : 0,
    recovery_codes_left: isOn ? 2 : user.role === 'member' ? 8 : null,
  };
}

/** The member's profile with these second factors. */
export function factorsAnswer(factors: Pick<User, 'totp_enabled' | 'passkeys'>): Answer {
  return one(ProfileView, { ...profileOf(alice), ...factors });
}

/** A new email address is pending until its link is followed. */
function changed(user: User, { body }: Received): User {
  const { email, current_password: _password, ...profile } = body as Record<string, string>;
  return { ...user, ...profile, pending_email: email ?? null };
}

function usersFor({ query }: Received): UserList {
  const status = query.get('status');
  const asked = query.get('role');
  const everyone = [alice, registered, bruno, invited, secondRoot, byRole.superuser];
  const all = everyone.filter(({ role }) => (asked === 'staff' ? role !== 'member' : role === asked));
  const q = query.get('q') ?? '';
  const items = all.filter(
    (user) => (status === null || user.status === status) && user.username.includes(q),
  );
  return { items, next: null, total: query.get('total') === 'true' ? items.length : null };
}

const totpSetup = {
  secret: 'JBSWY3DPEHPK3PXP',
  otpauth_uri: 'otpauth://totp/Guichet:alice?secret=JBSWY3DPEHPK3PXP',
};

const passkeys: Passkey[] = [
  {
    id: fakeId(13, 2),
    name: 'Safari, iPhone',
    credential_id: 'c2FmYXJp',
    created_at: '2026-11-12T09:30:00.000Z',
    last_used_at: '2026-11-20T16:00:00.000Z',
  },
  {
    id: fakeId(13, 1),
    name: 'The blue security key in the drawer at home',
    credential_id: 'Ymx1ZS1rZXk',
    created_at: '2026-10-02T09:30:00.000Z',
    last_used_at: null,
  },
];

const passkeyCreation = {
  rp: { id: 'localhost', name: 'Guichet' },
  user: { id: 'AAAA', name: 'alice', displayName: 'Alice Martin' },
  challenge: 'AAAA',
  pubKeyCredParams: [{ alg: -7, type: 'public-key' as const }],
  timeout: 300_000,
  excludeCredentials: [],
  authenticatorSelection: {
    residentKey: 'required' as const,
    requireResidentKey: true as const,
    userVerification: 'required' as const,
  },
  attestation: 'none' as const,
};

/** The challenge that the member's passkeys may sign to confirm a payment. */
const confirmationRequest = {
  challenge_id: fakeId(14, 2),
  options: {
    rpId: 'localhost',
    challenge: 'AAAA',
    timeout: 300_000,
    userVerification: 'required' as const,
    allowCredentials: [{ id: 'AAAA', type: 'public-key' as const }],
  },
};

/** A confirmation by a passkey, as accounts takes it. */
export const CONFIRMED = 'confirmed'.padEnd(43, '-');

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
