import type { Language } from '@guichet/contract';
import type { ReceivedMailEvent, UserEvent } from '@guichet/contract/events';
import type { Broker } from '@guichet/events';

/** The recipient of a mail. */
export interface Recipient {
  readonly address: string;
  /** The recipient's name; null if the address is unconfirmed, because a stranger may read the mail. */
  readonly name: string | null;
  readonly language: Language;
  /** Null if a service gave the address itself: such a mail cannot be refused. */
  readonly user: MailUser | null;
}

/** The facts about a user besides how to address them. */
export interface MailUser {
  readonly id: string;
  readonly isActive: boolean;
  /** The kinds of mail that they refuse. */
  readonly refuses: readonly string[];
  /** The secret for links that refuse mails. */
  readonly mailSecret: string | null;
}

/** Finds the recipient of a mail; null if the bank has no address for them now. */
export type FindRecipient = (to: ReceivedMailEvent['to']) => Promise<Recipient | null>;

/**
 * Reads the last published state of the user from the stream of users at the moment of sending, so that an address that has just
 * changed is used, and no replica keeps a copy of all addresses.
 */
export function recipientFinder(broker: Broker): FindRecipient {
  return async (to) => {
    if ('email' in to)
      return { address: to.email, name: to.name?.trim() || null, language: to.language, user: null };
    const { manager } = await broker.whenReady();
    const last = await manager.streams
      .getMessage('USERS', { last_by_subj: `users.${to.user_id}` })
      .catch((error: { code?: string; api_error?: { code: number } }) => {
        if (error.api_error?.code === 404 || error.code === '404') return null;
        throw error;
      });
    if (last === null) return null;
    const id = last.header.get('Nats-Msg-Id');
    const { data } = broker.open({ id, subject: last.subject, data: last.data });
    return toRecipient(JSON.parse(Buffer.from(data).toString('utf8')) as UserEvent);
  };
}

function toRecipient(user: UserEvent): Recipient | null {
  if (user.email === null || user.status === 'deleted') return null;
  const name = [user.first_name, user.last_name].filter((part) => part !== null && part !== '').join(' ');
  return {
    address: user.email,
    name: user.email_confirmed === true ? name || user.username : null,
    language: user.language,
    user: {
      id: user.id,
      isActive: user.status === 'active',
      refuses: user.refused_mails,
      mailSecret: user.mail_secret,
    },
  };
}
