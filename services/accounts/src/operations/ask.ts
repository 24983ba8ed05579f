import type { Actor } from '@guichet/events';
import type { IdempotencyKey } from '../idempotency/answer.ts';
import type { InvalidNumber } from '../ribs/read-payee-iban.ts';
import type { Limits } from './rules.ts';

/** The content of a request; amounts in minor units, IBANs normalized. */
export type Wish =
  | { kind: 'open_account'; name: string; accountType: 'current' | 'savings'; currency: string }
  | { kind: 'close_account' | 'renew_rib'; accountId: string }
  | { kind: 'deposit' | 'withdrawal'; accountId: string; amountMinor: bigint; reference: string | null }
  | {
      kind: 'internal_transfer';
      fromAccountId: string;
      toAccountId: string;
      amountMinor: bigint;
      reference: string | null;
    }
  | {
      kind: 'external_transfer';
      fromAccountId: string;
      /** Null if only the IBAN was given: looking up the holder's name would reveal it. */
      toName: string | null;
      toIban: string | InvalidNumber;
      amountMinor: bigint;
      reference: string | null;
    }
  | { kind: 'reversal'; transferId: string; reason: string }
  | { kind: 'set_overdraft'; accountId: string; amountMinor: bigint }
  | { kind: 'set_limits'; accountId: string; limits: Limits };

/** Whether only agents may request it. */
export function isAgentsWish({ kind }: Wish): boolean {
  return kind === 'reversal' || kind === 'set_overdraft' || kind === 'set_limits';
}

/** A wish, whose it is, and how its answer is found again. */
export interface Ask {
  wish: Wish;
  requester: Actor;
  correlationId: string;
  idempotency: IdempotencyKey | null;
  /** auth's answer about the requester's second factor, if it was asked. */
  secondFactor: 'unchecked' | 'not_enrolled' | 'verified';
}
