import {
  KIND_EFFECTS,
  OPERATION_FAMILIES,
  OPERATION_KINDS,
  type OperationFamily,
  type OperationKind,
} from '@guichet/contract';
import { logFamilyOf } from '@guichet/contract/events';
import test from 'ava';
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
}
