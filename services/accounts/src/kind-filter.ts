import {
  OPERATION_FAMILIES,
  OPERATION_KINDS,
  type OperationFamily,
  type OperationKind,
} from '@guichet/contract';

/** The values of a filter by type: kinds, and the words of the first system. */
export const KIND_FILTERS = [...OPERATION_KINDS, ...(Object.keys(OPERATION_FAMILIES) as OperationFamily[])];

/** The kinds that a value of the filter means. */
export function kindsMeant(word: OperationKind | OperationFamily): readonly OperationKind[] {
  return word in OPERATION_FAMILIES ? OPERATION_FAMILIES[word as OperationFamily] : [word as OperationKind];
}
