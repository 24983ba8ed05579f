/** The French words under which actions can be asked for, kept from the first system. */
const FAMILIES = ['VIREMENT', 'DEPOT', 'RETRAIT', 'COMPTE'] as const;
export type Family = (typeof FAMILIES)[number];

const FAMILY_OF_PREFIX: readonly (readonly [prefix: string, family: Family])[] = [
  ['TRANSFER_', 'VIREMENT'],
  ['DEPOSIT_', 'DEPOT'],
  ['WITHDRAWAL_', 'RETRAIT'],
  ['ACCOUNT_', 'COMPTE'],
  ['CLOSURE_', 'COMPTE'],
  ['RIB_', 'COMPTE'],
  ['OVERDRAFT_', 'COMPTE'],
  ['LIMITS_', 'COMPTE'],
];

/** The family that an action belongs to, if any. */
export function familyOf(action: string): Family | null {
  return FAMILY_OF_PREFIX.find(([prefix]) => action.startsWith(prefix))?.[1] ?? null;
}

export function isFamily(word: string): word is Family {
  return (FAMILIES as readonly string[]).includes(word);
}
