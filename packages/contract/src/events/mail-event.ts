import { z } from 'zod';
import { LANGUAGES } from '../lists/users.ts';
import type { MailContent, MailTemplate, OptionalMailTemplate } from './mail-templates.ts';
import { Traceparent } from './words.ts';

/** A mail as the mailer accepts it. Its data is checked by its template's schema when it is rendered. */
export const ReceivedMailEvent = z.object({
  id: z.string().regex(/^[A-Za-z0-9._-]{1,80}$/),
  time: z.string(),
  template: z.string(),
  /** The mailer finds the address of a `user_id` itself. `name` is null if the address is unconfirmed: a stranger may read the mail, and a name is free text. */
  to: z.union([
    z.object({ user_id: z.string().regex(/^[A-Za-z0-9-]{1,36}$/) }),
    z.object({ email: z.string(), name: z.string().nullable(), language: z.enum(LANGUAGES).catch('en') }),
  ]),
  correlation_id: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/)
    .nullable()
    .catch(null),
  traceparent: Traceparent,
  data: z.record(z.string(), z.unknown()).default({}),
});
export type ReceivedMailEvent = z.output<typeof ReceivedMailEvent>;

type Address = ReceivedMailEvent['to'];

/** A mail to be sent, as a service makes it. One that users can refuse goes to a user and not to an address, because the mailer asks what the user refuses. */
export type MailEvent = Omit<ReceivedMailEvent, 'template' | 'traceparent' | 'data' | 'to'> &
  (
    | (MailContent<OptionalMailTemplate> & { to: Extract<Address, { user_id: string }> })
    | (MailContent<Exclude<MailTemplate, OptionalMailTemplate>> & { to: Address })
  );
