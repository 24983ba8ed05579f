import { z } from 'zod';
import { EmailAddress } from '../email.ts';
import { LANGUAGES } from '../lists/users.ts';
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

/** An agent without a password sets one with the link in a mail. */
export const NewAgent = Registration.extend({ password: PasswordInput.nullish() });
export type NewAgent = z.input<typeof NewAgent>;
