import { z } from 'zod';

/** Text that an agent wrote. */
export const Reason = z.string().nullish().default(null);
/** Text that a user typed. It is left out of mails to unconfirmed addresses, because their reader may be a stranger. */
export const FreeText = z.string().nullish().default(null);
const Link = z.url({ protocol: /^https?$/ });

/** Every mail of the bank, and its data. A mail whose data does not fit becomes a dead letter. */
export const templates = {
  /** `awaits`: what stands between the reader and signing in. */
  registered: z.object({ link: Link, awaits: z.enum(['agent', 'link', 'nothing']) }),
  activated: z.object({}),
  rejected: z.object({ reason: Reason }),
  deactivated: z.object({ reason: Reason }),
  deleted: z.object({}),
  new_device: z.object({
    at: z.iso.datetime({ offset: true }),
    ip: z.string().nullish().default(null),
    user_agent: FreeText,
  }),
  password_changed: z.object({ at: z.iso.datetime({ offset: true }) }),
  email_taken: z.object({}),
  agent_invited: z.object({ link: Link }),
  recover: z.object({ link: Link }),
  email_change: z.object({ link: Link }),
  email_change_requested: z.object({ link: Link }),
  email_changed: z.object({}),
  totp_enabled: z.object({ at: z.iso.datetime({ offset: true }) }),
  totp_disabled: z.object({ at: z.iso.datetime({ offset: true }) }),
  second_factor_reset: z.object({ at: z.iso.datetime({ offset: true }) }),
  token_created: z.object({
    at: z.iso.datetime({ offset: true }),
    name: FreeText,
    expires_at: z.iso.datetime({ offset: true }),
  }),
  operation_decided: z.object({
    operation_id: z.string(),
    type: z.enum([
      'open_account',
      'close_account',
      'renew_rib',
      'deposit',
      'withdrawal',
      'internal_transfer',
      'external_transfer',
      'reversal',
      'set_overdraft',
      'set_limits',
    ]),
    status: z.enum(['posted', 'rejected', 'expired']),
    amount: z.number().int().nullish().default(null),
    currency: z.string().nullish().default(null),
    reason: Reason,
    account_name: FreeText,
    counterparty: FreeText,
  }),
} as const;

export type TemplateName = keyof typeof templates;
export type TemplateData<T extends TemplateName> = z.output<(typeof templates)[T]>;
export type OperationType = TemplateData<'operation_decided'>['type'];

/** Whether the bank has such a mail. */
export function isTemplate(name: string): name is TemplateName {
  return Object.hasOwn(templates, name);
}

/** The data of a mail without what users typed. */
export function withoutFreeText(
  template: TemplateName,
  data: Record<string, unknown>,
): Record<string, unknown> {
  const shape: Record<string, unknown> = templates[template].shape;
  return Object.fromEntries(Object.entries(data).filter(([field]) => shape[field] !== FreeText));
}
