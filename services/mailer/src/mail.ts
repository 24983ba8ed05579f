import { ReceivedMailEvent } from '@guichet/contract/events';
import { fromPeer, type Origin } from '@guichet/tracing';

/**
 * Parses the mail in a message's bytes.
 * @throws Error that names the wrong fields, without their content
 */
export function parseMail(bytes: Uint8Array): ReceivedMailEvent {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw new Error('the message is not JSON');
  }
  const parsed = ReceivedMailEvent.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new Error(
    `the message is not a mail (${parsed.error.issues.map(({ path }) => path.join('.')).join(', ')})`,
  );
}

/** The trace that a mail continues; null if it names none, or is no mail. */
export function originOf(bytes: Uint8Array): Origin | null {
  try {
    return fromPeer(parseMail(bytes).traceparent);
  } catch {
    return null;
  }
}
