import type { BatchStatus, IncomingStatus } from '@guichet/contract';
import type { OutgoingState } from '../operations/outgoing-store.ts';
import type { FileKind } from '../payment-files/plan-file.ts';

/** A file from another bank, as it is sent. */
export interface ModelFile {
  kind: FileKind;
  currency: string;
  messageId: string;
  payments: ModelPayment[];
}

/** A payment of a file: for an account, or of a transfer that comes back. */
export interface ModelPayment {
  /** Its end-to-end id and its parties, in one word. */
  name: string;
  amount: number;
  /** Null if no account has the IBAN. */
  to: string | null;
  /** The number of the RIB in the file. */
  rib: number;
  /** The operation that comes back. */
  returns: string | null;
}

/** A payment that was received. */
export interface ModelItem extends ModelPayment {
  file: string;
  number: number;
  currency: string;
  status: IncomingStatus;
  account: string | null;
  reason: string | null;
  /** The operation that takes it out of suspense, or wants to. */
  resolution: string | null;
}

interface Outgoing {
  currency: string;
  state: OutgoingState;
  batch: string | null;
}

interface Batch {
  status: BatchStatus;
  count: number;
  total: number;
}

/** What a model of a bank knows of other banks: the payments in their files, and the transfers to them with their batches. */
export class ModelPayments {
  items = new Map<string, ModelItem>();
  /** The file that brought each file's name and each payment first. */
  received = new Map<string, string>();
  outgoing = new Map<string, Outgoing>();
  batches = new Map<string, Batch>();

  /** Which payments of a file are new; null if the file isn't. */
  planFile({ kind, currency, messageId, payments }: ModelFile): boolean[] | null {
    if (this.received.has(`${kind} ${messageId}`)) return null;
    const names = new Set<string>();
    return payments.map((payment) => {
      const name = paymentName(kind, currency, payment);
      const known = this.received.has(name) || names.has(name);
      names.add(name);
      return !known;
    });
  }

  receive(
    file: ModelFile,
    { id, isNew, itemIds }: { id: string; isNew: boolean[]; itemIds: readonly string[] },
  ): void {
    const { kind, currency, messageId, payments } = file;
    this.received.set(`${kind} ${messageId}`, id);
    for (const [number, payment] of payments.entries()) {
      if (isNew[number]) this.received.set(paymentName(kind, currency, payment), id);
      this.items.set(itemIds[number] ?? '', {
        ...payment,
        file: id,
        number,
        currency,
        status: isNew[number] ? 'pending' : 'duplicate',
        account: null,
        reason: null,
        resolution: null,
      });
    }
  }

  pendingOf(file: string): [string, ModelItem][] {
    return [...this.items].filter(([, item]) => item.file === file && item.status === 'pending');
  }

  /** The files that were received and not posted completely. */
  unposted(): string[] {
    return [
      ...new Set([...this.items.values()].flatMap(({ file, status }) => (status === 'pending' ? file : []))),
    ];
  }

  /** Forgets a file that was not approved, so that it can be sent again; and frees the payment that an operation wanted to take out of suspense. */
  abandon(operation: string): void {
    for (const [, item] of this.pendingOf(operation)) item.status = 'rejected';
    for (const [name, file] of this.received) if (file === operation) this.received.delete(name);
    for (const item of this.items.values()) if (item.resolution === operation) item.resolution = null;
  }

  itemResolvedBy(operation: string): ModelItem | undefined {
    return [...this.items.values()].find(({ resolution }) => resolution === operation);
  }

  /** A posted reversal of this operation: what it credited waits in suspense again, and what was to leave stays. */
  undo(operation: string): void {
    const leaving = this.outgoing.get(operation);
    if (leaving !== undefined) leaving.state = 'reversed';
    const credited = this.items.get(operation);
    if (credited?.status === 'credited') wait(credited, 'reversed');
    const assigned = this.itemResolvedBy(operation);
    if (assigned?.status === 'assigned')
      wait(assigned, assigned.reason === 'reversed' ? 'reversed' : 'unassigned');
  }

  isSent(operation: string): boolean {
    const state = this.outgoing.get(operation)?.state;
    return state === 'batched' || state === 'returned';
  }

  /** @returns the status of the batch, or the refusal's code */
  advanceBatch(id: string, step: 'sent' | 'settled'): string {
    const batch = this.batches.get(id);
    if (batch === undefined) return 'not_found';
    if (step === 'sent' && batch.status !== 'created') return 'batch_not_created';
    if (step === 'settled' && batch.status !== 'sent') return 'batch_not_sent';
    batch.status = step;
    return step;
  }

  /** Everything, as text to compare. */
  lines(): string[] {
    return [
      ...[...this.items].map(([id, { file, number, status, account, reason, resolution }]) =>
        ['item', id, file, number, status, account, reason, resolution].join(' '),
      ),
      ...[...this.outgoing].map(([id, { state, batch }]) => ['outgoing', id, state, batch].join(' ')),
      ...[...this.batches].map(([id, { status, count, total }]) =>
        ['batch', id, status, count, total].join(' '),
      ),
    ];
  }

  copy(): ModelPayments {
    const copy = new ModelPayments();
    copy.received = new Map(this.received);
    for (const [id, one] of this.items) copy.items.set(id, { ...one });
    for (const [id, one] of this.outgoing) copy.outgoing.set(id, { ...one });
    for (const [id, one] of this.batches) copy.batches.set(id, { ...one });
    return copy;
  }
}

function wait(item: ModelItem, reason: string): void {
  Object.assign(item, { status: 'suspense', reason, account: null, resolution: null });
}

function paymentName(kind: FileKind, currency: string, { name, amount, to, rib }: ModelPayment): string {
  return [kind, name, amount, currency, to, rib].join(' ');
}
