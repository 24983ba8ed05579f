import type { Role } from './users.ts';

/**
 * Why the bank writes: about access (`security`), about the relationship with the bank (`account`), about
 * decided requests, or about what waits for an agent. Users can only refuse the optional kinds; `roles` says who gets them.
 */
export const MAIL_KINDS = {
  security: { optional: false },
  account: { optional: false },
  decisions: { optional: true, roles: ['member', 'agent'] },
  digest: { optional: true, roles: ['agent'] },
} as const satisfies Record<
  string,
  { readonly optional: false } | { readonly optional: true; readonly roles: readonly Role[] }
>;
export type MailKind = keyof typeof MAIL_KINDS;
export type OptionalMailKind = {
  [Kind in MailKind]: (typeof MAIL_KINDS)[Kind]['optional'] extends true ? Kind : never;
}[MailKind];

/** Whether users can refuse mails of this kind. */
export function isOptionalMailKind(kind: string): kind is OptionalMailKind {
  return Object.hasOwn(MAIL_KINDS, kind) && MAIL_KINDS[kind as MailKind].optional;
}

export const OPTIONAL_MAIL_KINDS = Object.keys(MAIL_KINDS).filter(isOptionalMailKind);

/** The kinds that a user of this role gets and can refuse. */
export function mailKindsOf(role: Role): OptionalMailKind[] {
  return OPTIONAL_MAIL_KINDS.filter((kind) => (MAIL_KINDS[kind].roles as readonly Role[]).includes(role));
}
