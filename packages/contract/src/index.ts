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
export {
  INCOMING_STATUSES,
  type IncomingStatus,
  PAYMENT_FILE_BYTES_MAX,
  PAYMENT_FILE_ITEMS_MAX,
  SUSPENSE_REASONS,
  type SuspenseReason,
} from './lists/incoming.ts';
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
export {
  BATCH_STATUSES,
  type BatchStatus,
  PAYMENT_STATUSES,
  type PaymentStatus,
} from './lists/payments.ts';
export {
  BUILT_IN_PRODUCTS,
  INTEREST_LINE_KINDS,
  INTEREST_LINE_STATUSES,
  INTEREST_RUN_STATES,
  type InterestLineKind,
  type InterestLineStatus,
  type InterestRunState,
  RATE_MAX,
} from './lists/products.ts';
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
  THE_BANK,
  tombstoneName,
  USER_STATUSES,
  type UserStatus,
} from './lists/users.ts';
export {
  DELIVERY_ERRORS,
  DELIVERY_STATUSES,
  type DeliveryError,
  type DeliveryStatus,
  WEBHOOK_EVENTS,
  WEBHOOK_MESSAGES,
  WEBHOOK_STATUSES,
  WEBHOOK_TEST,
  WEBHOOK_TROUBLES,
  WEBHOOKS_MAX,
  type WebhookEvent,
  type WebhookMessage,
  type WebhookStatus,
  type WebhookTrouble,
} from './lists/webhooks.ts';
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
