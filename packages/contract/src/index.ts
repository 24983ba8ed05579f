export { BODY_BYTES_MAX, bodyBytesMax } from './body-limits.ts';
export { EmailAddress, emailKey, parseEmail } from './email.ts';
export {
  AccountCurrency,
  Amount,
  amountFilter,
  BankDate,
  Id,
  IdempotencyKey,
  IdParams,
  queryInteger,
  Time,
} from './fields.ts';
export { LENGTHS } from './lengths.ts';
export {
  ACCOUNT_STATUSES,
  ACCOUNT_TYPES,
  type AccountStatus,
  type AccountType,
  ENTRY_DIRECTIONS,
  type EntryDirection,
} from './lists/accounts.ts';
export { LINE_LEVELS, type LineLevel } from './lists/line-levels.ts';
export { LOG_LEVELS, type LogLevel } from './lists/log-levels.ts';
export {
  isOptionalMailKind,
  MAIL_KINDS,
  type MailKind,
  mailKindsOf,
  OPTIONAL_MAIL_KINDS,
  type OptionalMailKind,
} from './lists/mails.ts';
export {
  DECISIONS,
  type DecisionKind,
  EXECUTION_REFUSALS,
  type ExecutionRefusal,
  KIND_EFFECTS,
  OPERATION_FAMILIES,
  OPERATION_KINDS,
  OPERATION_STATUSES,
  OPERATION_STEPS,
  type OperationFamily,
  type OperationKind,
  type OperationStatus,
  type OperationStep,
  PAYEE_CHECK_RESULTS,
  type PayeeCheckResult,
} from './lists/operations.ts';
export { SCOPES, type Scope, scopesOf } from './lists/scopes.ts';
export {
  API_SERVICES,
  type ApiService,
  DATABASE_SERVICES,
  type DatabaseService,
  SERVICES,
  type ServiceName,
} from './lists/services.ts';
export {
  FREQUENCIES,
  type Frequency,
  PAYMENT_RESULTS,
  PAYMENTS_MAX,
  type PaymentResult,
  STANDING_ORDER_STATUSES,
  type StandingOrderStatus,
} from './lists/standing-orders.ts';
export {
  LANGUAGES,
  type Language,
  ROLES,
  type Role,
  STAFF_ROLES,
  type StaffRole,
  tombstoneName,
  USER_STATUSES,
  type UserStatus,
} from './lists/users.ts';
export { nameDevice, partsOfDevice } from './name-device.ts';
export { networkOf, ONE_CLIENT } from './network.ts';
export { listOf, type Page, paging } from './paging.ts';
export { isPassive, PassiveHeaders } from './passive.ts';
export {
  type AccountsState,
  AccountsStateView,
  type AuthState,
  AuthStateView,
  type LoggingState,
  LoggingStateView,
  type OutboxState,
  type ProcessState,
  ProcessStateView,
  type ServiceState,
} from './setup-state.ts';
export { plainLines, plainText, text } from './text.ts';
