import { OPERATION_BODIES } from '@guichet/contract/accounts';

export { NewOperation, NewVirement } from '@guichet/contract/accounts';

/** The body of POST /api/accounts. */
export const NewAccount = OPERATION_BODIES.open_account;
