import { createHash } from 'node:crypto';
import type { FileItem } from '../payment-files/received-file.ts';
import { type FilePayment, NOT_PROVIDED, type PaymentFile } from './payment-file.ts';

/** What a file brings: payments from other banks, or the bank's own payments back. */
export type FileKind = 'incoming_payments' | 'returned_payments';

/** What is stored of a file when it's received. */
export interface FilePlan {
  /** Null if it was received before. */
  payments: Omit<FileItem, 'fileId'>[] | null;
  /** By which the file and its payments are found if they come again. */
  digests: Buffer[];
  /** The sum of the payments that were not received before: zero if all are duplicates, which agents may accept. */
  amountMinor: bigint;
}

function digestOf(...parts: unknown[]): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(parts, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)))
    .digest();
}

const digestOfFile = (kind: FileKind, { messageId }: PaymentFile) => digestOf(kind, messageId);

/**
 * The digest of a payment: that of another one with the same end-to-end id, amount and parties is the same. Without an end-to-end id it's the reference of the banks;
 * null if it has neither, and can't be known again.
 */
function digestOfPayment(kind: FileKind, currency: string, payment: FilePayment): Buffer | null {
  const { endToEndId, bankReference, amountMinor, debtorName, debtorIban, creditorIban } = payment;
  if (kind === 'returned_payments') return digestOf(kind, endToEndId, amountMinor, currency);
  const id = endToEndId === NOT_PROVIDED ? bankReference : endToEndId;
  if (id === null) return null;
  const isOfBank = endToEndId === NOT_PROVIDED;
  return digestOf(kind, isOfBank, id, amountMinor, currency, debtorIban ?? debtorName, creditorIban);
}

/** Everything by which a file and its payments are known. */
export function digestsOf(kind: FileKind, file: PaymentFile): Buffer[] {
  return [
    digestOfFile(kind, file),
    ...file.payments.flatMap((payment) => digestOfPayment(kind, file.currency, payment) ?? []),
  ];
}

/** Plans what is stored of a file; `isReceived` is about digests in hexadecimal. */
export function planFile(
  kind: FileKind,
  file: PaymentFile,
  { isReceived, newId }: { isReceived: (digest: string) => boolean; newId: () => string },
): FilePlan {
  const ofFile = digestOfFile(kind, file);
  const digests = new Map([[ofFile.toString('hex'), ofFile]]);
  if (isReceived(ofFile.toString('hex'))) return { payments: null, digests: [], amountMinor: 0n };
  let amountMinor = 0n;
  const payments = file.payments.map((payment, number) => {
    const digest = digestOfPayment(kind, file.currency, payment);
    const key = digest?.toString('hex') ?? '';
    const isDuplicate = digest !== null && (digests.has(key) || isReceived(key));
    if (digest !== null && !isDuplicate) digests.set(key, digest);
    if (!isDuplicate) amountMinor += payment.amountMinor;
    const { bankReference: _, ...stored } = payment;
    return {
      ...stored,
      id: newId(),
      number,
      status: isDuplicate ? ('duplicate' as const) : ('pending' as const),
      accountId: null,
      transferId: kind === 'returned_payments' ? transferOf(payment.endToEndId) : null,
      reason: null,
      resolutionId: null,
      acceptanceId: null,
    };
  });
  return { payments, digests: [...digests.values()], amountMinor };
}

/** The transfer that has this end-to-end id in the bank's own files; null if none has. */
function transferOf(endToEndId: string): string | null {
  const hex = endToEndId.toLowerCase().replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/.test(hex)) return null;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
