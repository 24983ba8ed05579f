import { THE_BANK } from '@guichet/contract';

/** Whether a username is that of the bank itself, which no user can have. It has a name in each language, and no page. */
export function isTheBank(username: string | null | undefined): boolean {
  return username === THE_BANK.username;
}
