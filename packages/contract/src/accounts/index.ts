export { NewOperation, NewVirement, OPERATION_BODIES, type OperationBody } from './operation-bodies.ts';
export { hasOneNumber, NamedPayee, ONE_NUMBER, type PayeeNumber, payeeNumber } from './payee-number.ts';
