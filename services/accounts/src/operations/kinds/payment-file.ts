import { houseAccount } from '../../accounts/account.ts';
import { refuse } from '../../errors.ts';
import type { Posting } from '../../ledger/post-transfer.ts';
import type { PaymentFile } from '../../payment-files/payment-file.ts';
import { digestsOf, type FileKind, planFile } from '../../payment-files/plan-file.ts';
import type { ReceivedFile } from '../../payment-files/received-file.ts';
import type { Operation } from '../operation.ts';
import { approvalsByAmount } from '../rules.ts';
import { actionsOf } from './actions.ts';
import type { MoneyKind } from './kind.ts';

interface FileInput<Kind extends FileKind> {
  kind: Kind;
  file: PaymentFile;
  delivery: ReceivedFile['delivery'];
}
export type IncomingPaymentsInput = FileInput<'incoming_payments'>;
export type ReturnedPaymentsInput = FileInput<'returned_payments'>;

/** What another bank paid goes to clearing, from where each payment is posted. */
export function fromAnotherBank({ currency }: Pick<Operation, 'currency'>): Posting {
  return {
    debitAccountId: houseAccount.settlement(currency),
    creditAccountId: houseAccount.clearing(currency),
    shownToDebited: null,
    shownToCredited: null,
  };
}

/**
 * A file from another bank. Its posting brings the sum of its payments from the settlement account to clearing, from where each payment is posted as an operation of its
 * own, without another decision.
 */
function fileKind<Kind extends FileKind>(
  kind: Kind,
  described: Pick<MoneyKind<FileInput<Kind>>, 'title' | 'actions'>,
): MoneyKind<FileInput<Kind>> {
  return {
    ...described,
    mail: 'operation_decided',
    requestedBy: 'agent',
    accountField: 'accountId',
    movesMoney: true,
    takesHold: false,
    leavesBank: false,
    postsFile: true,
    read: (file: PaymentFile) => ({ kind, file, delivery: null }),
    digests: ({ file }) => digestsOf(kind, file),
    reads: () => ({}),
    holdsOn: () => null,
    draft({ file, delivery }, { isReceived, newId }) {
      const { payments, digests, amountMinor } = planFile(kind, file, { isReceived, newId });
      if (payments === null) return refuse.file_already_received();
      const { messageId, totalMinor, currency } = file;
      return { amountMinor, currency, file: { messageId, totalMinor, delivery, payments, digests } };
    },
    refuse: () => null,
    approvals: approvalsByAmount,
    posting: fromAnotherBank,
  };
}

export const incomingPayments = fileKind('incoming_payments', {
  title: 'File of incoming payments',
  actions: actionsOf('INCOMING_PAYMENTS'),
});

export const returnedPayments = fileKind('returned_payments', {
  title: 'File of returned payments',
  actions: actionsOf('RETURNED_PAYMENTS'),
});
