import type { IncomingStatus, SuspenseReason } from '@guichet/contract';

/** `posting`: it's approved, and its payments are posted one after the other. */
export const FILE_STATES = ['requested', 'posting', 'posted', 'abandoned'] as const;

/** A file with payments from other banks, or with returns, as the operation with this id; amounts in minor units. */
export interface ReceivedFile {
  operationId: string;
  messageId: string;
  /** How many payments it has, and their sum: also those that were received before. */
  count: number;
  totalMinor: bigint;
  /** Of a file from the bank's folder: its digest, by which it's known if it could not be moved away. Null if an agent sent it. */
  delivery: Buffer | null;
  state: (typeof FILE_STATES)[number];
}

/** A payment of a file. */
export interface FileItem {
  /** Also that of the operation that posts it. */
  id: string;
  fileId: string;
  /** Its place in the file, from 0. */
  number: number;
  endToEndId: string;
  amountMinor: bigint;
  debtorName: string | null;
  debtorIban: string | null;
  creditorIban: string | null;
  reference: string | null;
  /** Of a return: the code of its reason in ISO 20022. */
  returnReason: string | null;
  status: IncomingStatus;
  /** The account that was credited. */
  accountId: string | null;
  /** Of a return: the transfer that comes back. */
  transferId: string | null;
  reason: SuspenseReason | null;
  /** The operation that takes it out of suspense, also while that waits for an agent. */
  resolutionId: string | null;
  /** The operation that posts it although it's a duplicate, also while that waits for an agent. */
  acceptanceId: string | null;
}

/** A payment with what it has from its file: its currency, and when it was received. */
export type ReceivedItem = FileItem & { currency: string; receivedAt: Date };

/** The same, locked, with the state of its file. */
export type LockedItem = ReceivedItem & { fileState: ReceivedFile['state'] };

/** What an operation about a payment takes from it: the amount, the payer as its other side, and the text. */
export function paymentFields({
  amountMinor,
  debtorName,
  debtorIban,
  reference,
}: Pick<FileItem, 'amountMinor' | 'debtorName' | 'debtorIban' | 'reference'>) {
  return { amountMinor, toName: debtorName, toIban: debtorIban, reference };
}
