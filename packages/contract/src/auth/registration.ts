import { z } from 'zod';
import { EmailAddress } from '../email.ts';
import { LANGUAGES, STAFF_ROLES } from '../lists/users.ts';
import { PasswordInput, PersonName, Username } from './fields.ts';

export const Registration = z.strictObject({
  username: Username,
  email: EmailAddress,
  password: PasswordInput,
  first_name: PersonName.nullish(),
  last_name: PersonName.nullish(),
  language: z.enum(LANGUAGES).nullish(),
});
export type Registration = z.input<typeof Registration>;

/** An agent or a superuser; without a password they set one with the link in a mail. */
export const NewAgent = Registration.extend({
  password: PasswordInput.nullish(),
  role: z.enum(STAFF_ROLES).nullish().meta({ description: 'An agent, if it is left out' }),
});
export type NewAgent = z.input<typeof NewAgent>;
