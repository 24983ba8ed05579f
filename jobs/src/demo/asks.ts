import type { MemberKey, PayeeKey } from './people.ts';

export type AccountKind = 'current' | 'savings';

/** What becomes of a request. `approve` goes on until it is posted, `first approval` leaves it to a second agent. */
export type Ending = 'approve' | 'first approval' | 'wait' | 'cancel' | { reject: string };

/** One thing that a member asks of the bank. Amounts are minor units. */
export type Ask = { who: MemberKey; ending: Ending } & (
  | { ask: 'open'; account: AccountKind; name: string }
  | { ask: 'deposit' | 'withdrawal'; account: AccountKind; amount: number; reference: string | null }
  | { ask: 'move'; from: AccountKind; to: AccountKind; amount: number; reference: string | null }
  | { ask: 'pay'; payee: MemberKey; amount: number; reference: string | null }
  | { ask: 'pay out'; payee: PayeeKey; amount: number; reference: string | null }
  | { ask: 'renew'; account: AccountKind }
);

type More = { ending?: Ending; reference?: string };

const rest = ({ ending = 'approve', reference }: More) => ({ ending, reference: reference ?? null });

/** Asks for an account. */
export const open = (
  who: MemberKey,
  account: AccountKind,
  name: string,
  ending: Ending = 'approve',
): Ask => ({
  ask: 'open',
  who,
  account,
  name,
  ending,
});

/** A month's pay into the current account. */
export const salary = (who: MemberKey, amount: number, reference: string): Ask => ({
  ask: 'deposit',
  who,
  account: 'current',
  amount,
  ...rest({ reference }),
});

/** Money brought to the bank. */
export const deposit = (who: MemberKey, account: AccountKind, amount: number, more: More = {}): Ask => ({
  ask: 'deposit',
  who,
  account,
  amount,
  ...rest(more),
});

/** Money taken from the current account. */
export const cash = (who: MemberKey, amount: number, more: More = {}): Ask => ({
  ask: 'withdrawal',
  who,
  account: 'current',
  amount,
  ...rest(more),
});

/** From the current account to the savings. */
export const save = (who: MemberKey, amount: number, more: More = {}): Ask => ({
  ask: 'move',
  who,
  from: 'current',
  to: 'savings',
  amount,
  ...rest(more),
});

/** From the savings to the current account. */
export const draw = (who: MemberKey, amount: number, more: More = {}): Ask => ({
  ask: 'move',
  who,
  from: 'savings',
  to: 'current',
  amount,
  ...rest(more),
});

/** To another member of this bank. */
export const pay = (
  who: MemberKey,
  payee: MemberKey,
  amount: number,
  reference: string,
  ending: Ending = 'approve',
): Ask => ({
  ask: 'pay',
  who,
  payee,
  amount,
  ...rest({ reference, ending }),
});

/** To somebody at another bank. */
export const payOut = (
  who: MemberKey,
  payee: PayeeKey,
  amount: number,
  reference: string,
  ending: Ending = 'approve',
): Ask => ({
  ask: 'pay out',
  who,
  payee,
  amount,
  ...rest({ reference, ending }),
});
