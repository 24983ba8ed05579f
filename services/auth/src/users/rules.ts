import {
  EmailAddress,
  emailKey,
  LENGTHS,
  parseEmail,
  plainLines,
  plainText,
  type Role,
  text,
} from '@guichet/contract';
/** 3 to 32 of a–z 0–9 . _ -, a letter first; case is ignored, and lower case is what stays. */
export const Username = text(LENGTHS.username)
  .regex(
    /^[A-Za-z][A-Za-z0-9._-]{2,31}$/,
    'must be 3 to 32 letters, digits, dots, underscores or dashes, a letter first',
  )
  .toLowerCase();

export const Email = EmailAddress;

/** A password as typed. The policy's limit is lower, so that users get the policy's refusal. */
export const PasswordInput = text(LENGTHS.passwordInput);

/** The name by which a user is looked up at sign-in. */
export interface LoginName {
  column: 'username' | 'email_key';
  /** The one form of all spellings of the name. */
  key: string;
}

/** Reads what was typed to sign in: an e-mail address or a username. Case and spaces around it do not matter. */
export function readLoginName(typed: string): LoginName {
  const trimmed = typed.trim();
  const address = parseEmail(trimmed);
  if (address !== null) return { column: 'email_key', key: emailKey(address) };
  const username = Username.safeParse(trimmed);
  // No username contains a question mark, so other characters cannot turn into a username when case is folded.
  return { column: 'username', key: username.data ?? `?${trimmed.toLowerCase()}` };
}

/** A part of a person's name, without control characters, which have a meaning in mail headers and terminals. */
export const PersonName = plainText(LENGTHS.namePart);

export const Reason = plainLines(LENGTHS.reason);

/** What stands in the place of a forgotten person's username: a form that nobody can register. */
export function tombstoneName(userId: string): string {
  return `deleted:${userId.replaceAll('-', '').slice(-20)}`;
}

interface Person {
  id: string;
  role: Role;
}

/** Whether a supervisor may know of the user at all: an agent sees members, the superuser all. */
export function maySee(supervisor: Person, user: Person): boolean {
  return supervisor.role === 'superuser' || (supervisor.role === 'agent' && user.role === 'member');
}

/** Whether a supervisor may act on the user: agents on members, the superuser on both, nobody on themselves. */
export function maySupervise(supervisor: Person, user: Person): boolean {
  return maySee(supervisor, user) && user.role !== 'superuser' && user.id !== supervisor.id;
}
