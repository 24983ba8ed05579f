import type { AccountType, Frequency } from '@guichet/contract';
import type { MemberKey, PayeeKey } from './people.ts';

/** How a request ends. `approve` means posted, by as many agents as it takes; `first approval` means that it still waits for the second. */
export type Ending = 'approve' | 'first approval' | 'wait' | 'cancel' | { reject: string };

/** One request of a member. Amounts are in minor units. */
export type DemoRequest = { who: MemberKey; ending: Ending } & (
  | { kind: 'open'; account: AccountType; name: string }
  | { kind: 'deposit' | 'withdrawal'; account: AccountType; amount: number; reference: string | null }
  | { kind: 'move'; from: AccountType; to: AccountType; amount: number; reference: string | null }
  | { kind: 'pay'; payee: MemberKey; amount: number; reference: string | null }
  | { kind: 'pay out'; payee: PayeeKey; amount: number; reference: string | null }
  | { kind: 'renew'; account: AccountType }
  | {
      kind: 'repeat';
      payee: MemberKey | 'savings';
      amount: number;
      reference: string | null;
      every: Frequency;
      inDays: number;
    }
);

type RequestOptions = { ending?: Ending; reference?: string };

const withDefaults = ({ ending = 'approve', reference }: RequestOptions) => ({
  ending,
  reference: reference ?? null,
});

/** A request to open an account. */
export const open = (
  who: MemberKey,
  account: AccountType,
  name: string,
  ending: Ending = 'approve',
): DemoRequest => ({
  kind: 'open',
  who,
  account,
  name,
  ending,
});

export const deposit = (
  who: MemberKey,
  account: AccountType,
  amount: number,
  options: RequestOptions = {},
): DemoRequest => ({
  kind: 'deposit',
  who,
  account,
  amount,
  ...withDefaults(options),
});

/** A cash withdrawal from the current account. */
export const cash = (who: MemberKey, amount: number, options: RequestOptions = {}): DemoRequest => ({
  kind: 'withdrawal',
  who,
  account: 'current',
  amount,
  ...withDefaults(options),
});

/** A transfer from the current account to savings. */
export const save = (who: MemberKey, amount: number, options: RequestOptions = {}): DemoRequest => ({
  kind: 'move',
  who,
  from: 'current',
  to: 'savings',
  amount,
  ...withDefaults(options),
});

/** A transfer from savings to the current account. */
export const draw = (who: MemberKey, amount: number, options: RequestOptions = {}): DemoRequest => ({
  kind: 'move',
  who,
  from: 'savings',
  to: 'current',
  amount,
  ...withDefaults(options),
});

/** A payment to another member of this bank. */
export const pay = (
  who: MemberKey,
  payee: MemberKey,
  amount: number,
  reference: string,
  ending: Ending = 'approve',
): DemoRequest => ({
  kind: 'pay',
  who,
  payee,
  amount,
  ...withDefaults({ reference, ending }),
});

/** A payment to a payee at another bank. */
export const payOut = (
  who: MemberKey,
  payee: PayeeKey,
  amount: number,
  reference: string,
  ending: Ending = 'approve',
): DemoRequest => ({
  kind: 'pay out',
  who,
  payee,
  amount,
  ...withDefaults({ reference, ending }),
});

/** A standing order from the current account, to another member or to savings; its first payment is some days later. */
export const repeat = (
  who: MemberKey,
  payee: MemberKey | 'savings',
  amount: number,
  { every, inDays, ...options }: RequestOptions & { every: Frequency; inDays: number },
): DemoRequest => ({
  kind: 'repeat',
  who,
  payee,
  amount,
  every,
  inDays,
  ...withDefaults(options),
});
