import type { BatchStatus } from '@guichet/contract';

/** Transfers that leave for other banks in one file; amounts in minor units. */
export interface PaymentBatch {
  id: string;
  status: BatchStatus;
  currency: string;
  count: number;
  totalMinor: bigint;
  /** The bank's day on which the other banks shall be paid, as `2026-10-31`. */
  executeOn: string;
  /** The bank as its file names it. */
  bankName: string;
  bankIban: string;
  bankBic: string;
  /** The agent who created it; null: the bank did, at its cut-off. */
  createdBy: string | null;
  createdAt: Date;
  sentAt: Date | null;
  settledAt: Date | null;
}
