import type { OperationKind } from '@guichet/contract';
import type { StoredStatus } from '../operations/life.ts';

// What a model of a bank keeps of its accounts and operations.

export interface Limits {
  operation: number | null;
  day: number | null;
}

export interface Account {
  owner: string;
  currency: string;
  status: 'pending' | 'open' | 'rejected' | 'closed';
  /** The number of RIBs that it has had. */
  ribs: number;
  balance: number;
  held: number;
  overdraft: number;
  limits: Limits;
  /** The amount of each entry, and the balance after it. */
  history: [number, number][];
}

/** A request. Money moves from an account or the house to an account or the house; a single account is `to`. */
export interface ModelInput {
  kind: OperationKind;
  amount: number;
  from: string | null;
  to: string | null;
  /** The number of the payee's RIB in the request; 0 for one that never existed. */
  rib?: number;
  currency?: string;
  reference?: string;
  /** The day of a transfer that waits for it. */
  executeOn?: string;
  /** The operation to reverse. */
  undoes?: string;
  limits?: Limits;
  /** Whether the request has a code of the second factor. */
  hasCode?: boolean;
}

export interface Operation extends ModelInput {
  by: string;
  status: StoredStatus;
  approvals: string[];
  /** The number of approvals that it needs. */
  needed: number;
  at: number;
  /** The day on which it's tried next, if it's scheduled, and the days on which it was tried. */
  due: string | null;
  attempts: number;
}

export function newAccount(owner: string, currency: string): Account {
  const limits = { operation: null, day: null };
  return {
    owner,
    currency,
    status: 'pending',
    ribs: 0,
    balance: 0,
    held: 0,
    overdraft: 0,
    limits,
    history: [],
  };
}
