import { z } from 'zod';
import { Id, Time } from '../fields.ts';
import { LENGTHS } from '../lengths.ts';
import { SCOPES } from '../lists/scopes.ts';
import { LANGUAGES, ROLES, USER_STATUSES } from '../lists/users.ts';
import { listOf } from '../paging.ts';
import { text } from '../text.ts';
import { Reason } from './fields.ts';

const NameView = z.object({ first_name: z.string().nullable(), last_name: z.string().nullable() });

export const UserView = z
  .object({
    id: Id,
    username: z.string(),
    email: z.string(),
    pending_email: z.string().nullable(),
    first_name: z.string().nullable(),
    last_name: z.string().nullable(),
    role: z.enum(ROLES),
    status: z.enum(USER_STATUSES),
    language: z.enum(LANGUAGES),
    totp_enabled: z.boolean(),
    passkeys: z.int().min(0).meta({ description: 'How many passkeys the user has' }),
    email_confirmed: z.boolean(),
    /** The name that an agent verified. */
    verified_name: NameView.nullable(),
    /** When the link in an agent’s invitation expires; null once it is accepted. */
    invitation_expires_at: Time.nullable(),
    created_at: Time,
  })
  .meta({ id: 'User' });
export type User = z.output<typeof UserView>;

/** A page of users; `total` counts all users that match the filters, if it was requested. */
export const UserList = listOf(UserView).extend({ total: z.int().nullable() });
export type UserList = z.output<typeof UserList>;

export const ValidTokenView = z.object({
  valid: z.literal(true),
  user: UserView.pick({ id: true, username: true, role: true, status: true }),
  scopes: z.array(z.enum(SCOPES)),
  expires_at: Time,
});

/** The name that the agent saw: if it was changed in the meantime, the request is refused. */
const shownName = {
  name: z
    .strictObject({
      first_name: text(LENGTHS.namePart).nullable(),
      last_name: text(LENGTHS.namePart).nullable(),
    })
    .nullish(),
};

/** The body that deactivates or rejects a user. */
export const UserDecision = z.strictObject({ reason: Reason.nullish() });
export type UserDecision = z.input<typeof UserDecision>;

/** The body that activates a user. */
export const UserActivation = UserDecision.extend(shownName);
export type UserActivation = z.input<typeof UserActivation>;

export const NameVerification = z.strictObject(shownName);
export type NameVerification = z.input<typeof NameVerification>;
