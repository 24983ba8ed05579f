import {
  KIND_EFFECTS,
  OPERATION_FAMILIES,
  OPERATION_KINDS,
  type OperationFamily,
  type OperationKind,
} from '@guichet/contract';
import { logFamilyOf } from '@guichet/contract/events';
import test from 'ava';
import type { LedgerTransfer } from '../../ledger/store.ts';
import { DEFINITIONS } from './index.ts';

for (const kind of OPERATION_KINDS) {
  const { actions, movesMoney } = DEFINITIONS[kind];

  test(`the actions of ${kind} are in the family of its kind`, (t) => {
    const family = (Object.keys(OPERATION_FAMILIES) as OperationFamily[]).find((name) =>
      (OPERATION_FAMILIES[name] as readonly OperationKind[]).includes(kind),
    );
    for (const action of Object.values(actions)) t.is(logFamilyOf(action), family ?? null, action);
  });

  test(`${kind} reserves or reverses money only if it moves money`, (t) => {
    const { reserves, reversible } = KIND_EFFECTS[kind];
    t.true(movesMoney || !(reserves || reversible));
  });

  test(`the account that ${kind} locks for its hold is the one that its row names`, (t) => {
    const definition = DEFINITIONS[kind];
    const takesHold = definition.movesMoney && definition.takesHold;
    t.is(takesHold, KIND_EFFECTS[kind].reserves || kind === 'reversal');
    const input = {
      kind,
      accountId: 'account',
      fromAccountId: 'payer',
      toAccountId: 'payee',
      transferId: 'undone',
    };
    const transfers = new Map([['undone', { creditAccountId: 'payer' } as LedgerTransfer]]);
    const named = input[definition.accountField];
    t.is(definition.holdsOn(input, transfers), takesHold ? named : null);
  });
}
