import { z } from 'zod';
import { EmailAddress } from '../email.ts';
import { LANGUAGES } from '../lists/users.ts';
import { OpaqueToken, PasswordInput, PersonName } from './fields.ts';
import { UserView } from './users.ts';

/** A user as they see themselves. */
export const ProfileView = UserView.extend({
  recovery_codes_left: z.int().min(0).nullable().meta({ description: 'Null without a second factor' }),
}).meta({ id: 'Profile' });
export type Profile = z.output<typeof ProfileView>;

export const ProfileChange = z
  .strictObject({
    first_name: PersonName.nullish(),
    last_name: PersonName.nullish(),
    language: z.enum(LANGUAGES).optional(),
    email: EmailAddress.optional(),
    current_password: PasswordInput.optional(),
  })
  .refine(({ email, current_password }) => email === undefined || current_password !== undefined, {
    path: ['current_password'],
    message: 'required to change the email address',
  })
  .meta({ dependentRequired: { email: ['current_password'] } });
export type ProfileChange = z.input<typeof ProfileChange>;

/** The token of a mailed link. */
export const LinkToken = z.strictObject({ token: OpaqueToken });
export type LinkToken = z.input<typeof LinkToken>;
