/** A payment in a file from another bank; amounts in minor units of the file's currency. */
export interface FilePayment {
  /** `NOTPROVIDED` if the payer gave none. */
  endToEndId: string;
  /** What identifies the payment if it has no end-to-end id; null if nothing does. */
  bankReference: string | null;
  amountMinor: bigint;
  debtorName: string | null;
  debtorIban: string | null;
  creditorIban: string | null;
  reference: string | null;
  /** Of a return: the code of its reason (ISO 20022, ExternalReturnReason1Code). */
  returnReason: string | null;
}

/** A file with payments from other banks, or with returns of the bank's own payments. */
export interface PaymentFile {
  messageId: string;
  currency: string;
  totalMinor: bigint;
  payments: FilePayment[];
}

/** Without an id of its own, ISO 20022 has this one. */
export const NOT_PROVIDED = 'NOTPROVIDED';
