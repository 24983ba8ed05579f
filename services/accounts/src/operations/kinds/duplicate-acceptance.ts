import type { OperationBody } from '@guichet/contract/accounts';
import { problems } from '@guichet/errors';
import { refuse } from '../../errors.ts';
import { paymentFields } from '../../payment-files/received-file.ts';
import { approvalsByAmount } from '../rules.ts';
import { actionsOf } from './actions.ts';
import type { MoneyKind } from './kind.ts';
import { fromAnotherBank } from './payment-file.ts';

export interface DuplicateAcceptanceInput {
  kind: 'duplicate_acceptance';
  itemId: string;
  reason: string;
}

/**
 * Posts a payment that was taken for one that came before. Its own posting brings the amount to clearing, as that of the file did for all other payments; from there
 * the payment is posted with its file.
 */
export const duplicateAcceptance: MoneyKind<DuplicateAcceptanceInput> = {
  title: 'Acceptance of a duplicate',
  actions: actionsOf('DUPLICATE_ACCEPTANCE'),
  mail: 'operation_decided',
  requestedBy: 'agent',
  accountField: 'accountId',
  movesMoney: true,
  takesHold: false,
  leavesBank: false,
  acceptsDuplicate: true,
  namesPayer: true,
  read: (body: OperationBody<'duplicate_acceptance'> & { item_id: string }) => ({
    kind: 'duplicate_acceptance',
    itemId: body.item_id,
    reason: body.reason,
  }),
  reads: ({ itemId }) => ({ items: [itemId] }),
  holdsOn: () => null,
  draft({ itemId, reason }, facts) {
    const item = facts.item(itemId);
    if (item === undefined) return problems.not_found();
    if (item.status !== 'duplicate') return refuse.not_a_duplicate();
    // A file that is rejected may come again, with this payment.
    if (!['posting', 'posted'].includes(item.fileState)) return refuse.file_not_approved();
    if (item.acceptanceId !== null) return refuse.already_requested();
    return { ...paymentFields(item), currency: item.currency, reason, accepts: item };
  },
  refuse: () => null,
  approvals: approvalsByAmount,
  posting: fromAnotherBank,
};
