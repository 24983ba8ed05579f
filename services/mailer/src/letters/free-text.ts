import { FreeText, MAIL_TEMPLATES, type MailTemplate } from '@guichet/contract/events';

/** The data of a mail without what users typed. */
export function withoutFreeText(
  template: MailTemplate,
  data: Record<string, unknown>,
): Record<string, unknown> {
  const shape: Record<string, unknown> = MAIL_TEMPLATES[template].data.shape;
  return Object.fromEntries(Object.entries(data).filter(([field]) => shape[field] !== FreeText));
}
