import { z } from 'zod';
import { OPERATION_KINDS } from '../lists/operations.ts';
import { STAFF_ROLES } from '../lists/users.ts';

/** Text by an agent. */
export const Reason = z.string().nullish().default(null);
/** Text that a user typed. Mails to unconfirmed addresses do not contain it, because a stranger may read them. */
export const FreeText = z.string().nullish().default(null);
const Link = z.url({ protocol: /^https?$/ });
const At = z.iso.datetime({ offset: true });

/** Every mail of the bank, and its data. A mail whose data does not fit becomes a dead letter. */
export const MAIL_TEMPLATES = {
  /** `awaits`: what is missing before the reader can sign in. */
  registered: z.object({ link: Link, awaits: z.enum(['agent', 'link', 'nothing']) }),
  activated: z.object({}),
  rejected: z.object({ reason: Reason }),
  deactivated: z.object({ reason: Reason }),
  deleted: z.object({}),
  /** Without a link if the address is not confirmed. */
  new_device: z.object({
    at: At,
    ip: z.string().nullish().default(null),
    user_agent: FreeText,
    link: Link.nullish().default(null),
  }),
  password_changed: z.object({ at: At }),
  email_taken: z.object({}),
  agent_invited: z.object({ link: Link, role: z.enum(STAFF_ROLES) }),
  recover: z.object({ link: Link }),
  email_change: z.object({ link: Link }),
  email_change_requested: z.object({ link: Link }),
  email_changed: z.object({}),
  totp_enabled: z.object({ at: At }),
  totp_disabled: z.object({ at: At }),
  passkey_added: z.object({ at: At, name: FreeText }),
  passkey_removed: z.object({ at: At, name: FreeText }),
  second_factor_reset: z.object({ at: At }),
  access_reset: z.object({ at: At }),
  token_created: z.object({ at: At, name: FreeText, expires_at: At }),
  operation_decided: z.object({
    operation_id: z.string(),
    type: z.enum(OPERATION_KINDS),
    status: z.enum(['posted', 'rejected', 'expired']),
    amount: z.number().int().nullish().default(null),
    currency: z.string().nullish().default(null),
    reason: Reason,
    account_name: FreeText,
    counterparty: FreeText,
  }),
} as const;

export type MailTemplate = keyof typeof MAIL_TEMPLATES;
/** The data of a mail as the mailer reads it. */
export type MailData<Template extends MailTemplate> = z.output<(typeof MAIL_TEMPLATES)[Template]>;
/** A template with its data, as a service provides it. */
export type MailContent = {
  [Template in MailTemplate]: {
    readonly template: Template;
    readonly data: z.input<(typeof MAIL_TEMPLATES)[Template]>;
  };
}[MailTemplate];

/** Whether the bank has a mail template of this name. */
export function isMailTemplate(name: string): name is MailTemplate {
  return Object.hasOwn(MAIL_TEMPLATES, name);
}
