import { LANGUAGES } from '@guichet/contract';
import type { MailEvent } from '@guichet/events';
import { z } from 'zod';

const Language = z.enum(LANGUAGES).catch('en');

/** A mail as the services ask for it. */
const MailForm = z.object({
  id: z.string().regex(/^[A-Za-z0-9._-]{1,80}$/),
  time: z.string(),
  template: z.string(),
  to: z.union([
    z.object({ user_id: z.string().regex(/^[A-Za-z0-9-]{1,36}$/) }),
    z.object({ email: z.string(), name: z.string().nullable(), language: Language }),
  ]),
  correlation_id: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/)
    .nullable()
    .catch(null),
  data: z.record(z.string(), z.unknown()).default({}),
});

/**
 * Reads the mail out of a message's bytes.
 * @throws Error whose message says what is wrong, without the content
 */
export function parseMail(bytes: Uint8Array): MailEvent {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw new Error('the message is not JSON');
  }
  const parsed = MailForm.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new Error(
    `the message is no mail (${parsed.error.issues.map(({ path }) => path.join('.')).join(', ')})`,
  );
}
