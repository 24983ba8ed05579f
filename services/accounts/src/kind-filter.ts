import {
  OPERATION_FAMILIES,
  OPERATION_KINDS,
  type OperationFamily,
  type OperationKind,
} from '@guichet/contract';

/** What a filter by type takes: a kind, or a word of the first system. */
export const KIND_FILTERS = [...OPERATION_KINDS, ...(Object.keys(OPERATION_FAMILIES) as OperationFamily[])];

/** The kinds that a filter's word means. */
export function kindsMeant(word: OperationKind | OperationFamily): readonly OperationKind[] {
  return word in OPERATION_FAMILIES ? OPERATION_FAMILIES[word as OperationFamily] : [word as OperationKind];
}
