import { z } from 'zod';
import { DEAD_MAIL_CAUSES } from '../events/dead-mail.ts';
import { Time } from '../fields.ts';
import { LENGTHS } from '../lengths.ts';
import { text } from '../text.ts';

/** The path parameter of a dead letter. */
export const DeadLetterParams = z.object({ id: text(15).regex(/^[1-9]\d{0,14}$/) });

export const DeadLetterView = z
  .object({
    id: z.string(),
    mail_id: z.string().meta({ description: 'The subject of its entries in the audit log' }),
    template: z.string(),
    cause: z.enum(DEAD_MAIL_CAUSES),
    reason: z.string().meta({ description: 'What the mailer or the mail server said, without addresses' }),
    tries: z.int(),
    dead_since: Time,
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetter = z.output<typeof DeadLetterView>;

export const DeadLetterList = z.object({
  items: z.array(DeadLetterView),
  next: z.string().nullable(),
  total: z.int().meta({ description: 'All dead letters, of every reason' }),
});

/** One dead letter, with the mail as it would be sent now. */
export const DeadLetterDetailView = DeadLetterView.extend({
  delivery: z.enum(['not_sent', 'sent', 'unknown', 'in_progress']).meta({
    description:
      'What the record of the mail says now: `sent`: the server had accepted it after all, so it can’t be sent again',
  }),
  requested_at: Time.nullable(),
  expires_at: Time.nullable().meta({ description: 'When its link stops working, if it has one' }),
  is_expired: z.boolean(),
  preview: z
    .object({
      to: z.string().nullable(),
      language: z.string(),
      subject: z.string(),
      text: z.string(),
      html: z.string(),
    })
    .nullable()
    .meta({ description: 'Without the secrets of its links; null if it can’t be written' }),
}).meta({ id: 'DeadLetterDetail' });
export type DeadLetterDetail = z.output<typeof DeadLetterDetailView>;

/** The dead letters of one reason. */
export const DeadLetterReason = z.strictObject({ reason: text(LENGTHS.reason) });

/** How many dead letters a request handled, and how many it left, because they were sent after all or can’t be read. */
export const DeadLettersHandledView = z
  .object({ handled: z.int(), left: z.int(), more: z.boolean() })
  .meta({ id: 'DeadLettersHandled' });
export type DeadLettersHandled = z.output<typeof DeadLettersHandledView>;
