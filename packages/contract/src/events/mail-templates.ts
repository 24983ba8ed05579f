import { z } from 'zod';
import {
  isOptionalMailKind,
  type MailKind,
  OPTIONAL_MAIL_KINDS,
  type OptionalMailKind,
} from '../lists/mails.ts';
import { EXECUTION_REFUSALS, OPERATION_KINDS } from '../lists/operations.ts';
import { STAFF_ROLES } from '../lists/users.ts';
import { WEBHOOK_TROUBLES } from '../lists/webhooks.ts';

/** Text by an agent. */
export const Reason = z.string().nullish().default(null);
/** Text that a user typed. Mails to unconfirmed addresses do not contain it, because a stranger may read them. */
export const FreeText = z.string().nullish().default(null);
const Link = z.url({ protocol: /^https?$/ });
const At = z.iso.datetime({ offset: true });
const Count = z.number().int().min(0);

/** A template: the kind of its mails, and their data. */
function mail<Kind extends MailKind, Shape extends z.ZodRawShape>(kind: Kind, shape: Shape) {
  return { kind, data: z.object(shape) };
}

/** Every mail of the bank, with its kind and its data. A mail whose data does not fit becomes a dead letter. */
export const MAIL_TEMPLATES = {
  /** `awaits`: what is missing before the reader can sign in. */
  registered: mail('account', { link: Link, awaits: z.enum(['agent', 'link', 'nothing']) }),
  activated: mail('account', {}),
  rejected: mail('account', { reason: Reason }),
  deactivated: mail('account', { reason: Reason }),
  deleted: mail('account', {}),
  /** Without a link if the address is not confirmed. */
  new_device: mail('security', {
    at: At,
    ip: z.string().nullish().default(null),
    user_agent: FreeText,
    link: Link.nullish().default(null),
  }),
  password_changed: mail('security', { at: At }),
  email_taken: mail('security', {}),
  agent_invited: mail('account', { link: Link, role: z.enum(STAFF_ROLES) }),
  recover: mail('security', { link: Link }),
  email_change: mail('security', { link: Link }),
  email_change_requested: mail('security', { link: Link }),
  email_changed: mail('security', {}),
  totp_enabled: mail('security', { at: At }),
  totp_disabled: mail('security', { at: At }),
  passkey_added: mail('security', { at: At, name: FreeText }),
  passkey_removed: mail('security', { at: At, name: FreeText }),
  second_factor_reset: mail('security', { at: At }),
  access_reset: mail('security', { at: At }),
  /** A thief turns off the emails that would tell of their transfers. */
  emails_refused: mail('security', { at: At, kinds: z.array(z.enum(OPTIONAL_MAIL_KINDS)).min(1) }),
  token_created: mail('security', { at: At, name: FreeText, expires_at: At }),
  operation_decided: mail('decisions', {
    operation_id: z.string(),
    type: z.enum(OPERATION_KINDS),
    status: z.enum(['posted', 'rejected', 'expired']),
    amount: z.number().int().nullish().default(null),
    currency: z.string().nullish().default(null),
    /** The day that was asked for; a request with one has reserved nothing. */
    execute_on: z.iso.date().nullish().default(null),
    reason: Reason,
    account_name: FreeText,
    counterparty: FreeText,
  }),
  /** A transfer with a date: it waits for its day, is tried again later, or came to nothing. */
  dated_transfer: mail('decisions', {
    operation_id: z.string(),
    outcome: z.enum(['scheduled', 'postponed', 'failed']),
    amount: z.number().int(),
    currency: z.string(),
    /** The day that was asked for. */
    execute_on: z.iso.date(),
    /** The day on which it's tried next; null if it failed. */
    due_on: z.iso.date().nullable(),
    /** The code of the refusal; null if there is none. */
    refusal: z.enum(EXECUTION_REFUSALS).nullable(),
    account_name: FreeText,
    counterparty: FreeText,
  }),
  /** A payment of a standing order came to nothing; if no later one can succeed either, the order is suspended. */
  standing_order: mail('decisions', {
    /** The payment. */
    operation_id: z.string(),
    standing_order_id: z.string(),
    outcome: z.enum(['skipped', 'suspended']),
    amount: z.number().int(),
    currency: z.string(),
    /** The date of the payment. */
    execute_on: z.iso.date(),
    /** The next date; null if there is none, or if the order is suspended. */
    next_on: z.iso.date().nullable(),
    /** The code of the refusal; null if there is none. */
    refusal: z.enum(EXECUTION_REFUSALS).nullable(),
    account_name: FreeText,
    counterparty: FreeText,
  }),
  /** A thief with an open session sends what happens elsewhere, also after the session has ended. */
  webhook_created: mail('security', { at: At, host: FreeText }),
  /** Messages of a webhook were given up, or it was disabled. Only the host of its address, which may have secrets in it. */
  webhook_failed: mail('account', {
    outcome: z.enum(['dead_lettered', 'disabled']),
    host: FreeText,
    trouble: z.enum(WEBHOOK_TROUBLES).nullable(),
    since: At.nullable(),
  }),
  /** The requests that an agent can decide this morning, in numbers only. */
  agent_digest: mail('digest', {
    date: z.iso.date(),
    operations: z.array(z.object({ type: z.enum(OPERATION_KINDS), count: Count.min(1) })),
    /** The sums of those operations that have an amount. */
    amounts: z.array(z.object({ currency: z.string(), amount: z.number().int().min(1) })),
    older_than_a_day: Count,
    /** How many expire before the end of the next business day. */
    expiring: z.object({ count: Count, by: z.iso.date() }),
    registrations: Count,
  }),
} as const;

export type MailTemplate = keyof typeof MAIL_TEMPLATES;
/** The data of a mail as the mailer reads it. */
export type MailData<Template extends MailTemplate> = z.output<(typeof MAIL_TEMPLATES)[Template]['data']>;
/** The templates of the mails that users can refuse. */
export type OptionalMailTemplate = {
  [Template in MailTemplate]: (typeof MAIL_TEMPLATES)[Template]['kind'] extends OptionalMailKind
    ? Template
    : never;
}[MailTemplate];
/** A template with its data, as a service provides it. */
export type MailContent<Among extends MailTemplate = MailTemplate> = {
  [Template in Among]: {
    readonly template: Template;
    readonly data: z.input<(typeof MAIL_TEMPLATES)[Template]['data']>;
  };
}[Among];

/** Whether the bank has a mail template of this name. */
export function isMailTemplate(name: string): name is MailTemplate {
  return Object.hasOwn(MAIL_TEMPLATES, name);
}

/** The kind of a mail that users can refuse; null if they cannot. */
export function optionalKindOf(template: MailTemplate): OptionalMailKind | null {
  const kind: string = MAIL_TEMPLATES[template].kind;
  return isOptionalMailKind(kind) ? kind : null;
}
