import type { LogLevel } from '../lists/log-levels.ts';
import { OPERATION_FAMILIES, type OperationFamily } from '../lists/operations.ts';
import { SERVICES, type ServiceName } from '../lists/services.ts';
import type { DataField } from './data-fields.ts';

/**
 * What an action can concern. A `route` is a method and a path: GET /api/logs/verify. A `customer_record` is what the staff keep about a customer,
 * under the customer's id: the customer can't read it.
 */
export type SubjectType =
  | 'user'
  | 'customer_record'
  | 'session'
  | 'api_token'
  | 'passkey'
  | 'account'
  | 'operation'
  | 'beneficiary'
  | 'product'
  | 'payment_batch'
  | 'webhook'
  | 'route'
  | 'mail';

/** Names of groups of actions that the log can be filtered by; the API has kept them from the first system. */
export const LOG_FAMILIES = Object.keys(OPERATION_FAMILIES) as LogFamily[];
export type LogFamily = OperationFamily;

/** The families by the beginnings of their actions. */
export const FAMILY_OF_PREFIX: readonly (readonly [prefix: string, family: LogFamily])[] = [
  ['TRANSFER_', 'VIREMENT'],
  ['DEPOSIT_', 'DEPOT'],
  ['PAYMENT_', 'VIREMENT'],
  ['WITHDRAWAL_', 'RETRAIT'],
  ['ACCOUNT_', 'COMPTE'],
  ['CLOSURE_', 'COMPTE'],
  ['RIB_', 'COMPTE'],
  ['OVERDRAFT_', 'COMPTE'],
  ['LIMITS_', 'COMPTE'],
];

interface ActionDefinition {
  /** The services that log it. */
  readonly services: readonly ServiceName[];
  /** Where there are several, the call site chooses. */
  readonly levels: readonly [LogLevel, ...LogLevel[]];
  /** The types of its subject, of which the call site chooses; null: it may have none. */
  readonly subjects: readonly (SubjectType | null)[];
  /** The fields that its data may have. */
  readonly data: readonly DataField[];
  /** Its readers besides its actor: the staff only, or also the users whom it concerns. */
  readonly readers: 'staff' | 'concerned';
}

const STEP_DATA = [
  ...(['operation_id', 'type', 'status', 'amount', 'currency', 'account_name', 'account_iban'] as const),
  ...(['payee', 'payee_iban', 'transfer_id', 'limits', 'from', 'to', 'reason', 'mail_ids'] as const),
  ...(['execute_on', 'standing_order_id', 'code', 'payer', 'payer_iban'] as const),
] as const;

/** A step in the life of an operation. */
const STEP = {
  services: ['accounts'],
  levels: ['INFO'],
  subjects: ['operation'],
  data: STEP_DATA,
  readers: 'concerned',
} as const;

/** A step of an operation with a date. */
const DATED_STEP = { ...STEP, data: [...STEP_DATA, 'due_on'] } as const;

/** A step in the life of a standing order after its approval; its subject is the operation that requested it. */
const ORDER_STEP = { ...DATED_STEP } as const;

/** A step of a batch of transfers to other banks. */
const BATCH_STEP = {
  services: ['accounts'],
  levels: ['INFO'],
  subjects: ['payment_batch'],
  data: ['batch_id', 'count', 'amount', 'currency', 'execute_on'],
  readers: 'staff',
} as const;

/** The address of a webhook may have secrets in it: only its host is logged. */
const WEBHOOK = {
  services: ['accounts'],
  levels: ['INFO'],
  subjects: ['webhook'],
  data: ['webhook_host', 'type', 'code', 'status'],
  readers: 'concerned',
} as const;

/** Every action in the audit log. Each language's catalogue has its name, and the log can be filtered by it. */
export const LOG_ACTIONS = {
  // WARNING: someone registered with the email address of a user.
  USER_REGISTERED: {
    services: ['auth'],
    levels: ['INFO', 'WARNING'],
    subjects: ['user'],
    data: ['status', 'role'],
    readers: 'concerned',
  },
  USER_ACTIVATED: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['user'],
    data: ['from', 'reason'],
    readers: 'concerned',
  },
  USER_DEACTIVATED: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['user'],
    data: ['reason'],
    readers: 'concerned',
  },
  USER_REJECTED: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['user'],
    data: ['reason'],
    readers: 'concerned',
  },
  USER_DELETED: { services: ['auth'], levels: ['INFO'], subjects: ['user'], data: [], readers: 'concerned' },
  AGENT_CREATED: { services: ['auth'], levels: ['INFO'], subjects: ['user'], data: [], readers: 'concerned' },
  SUPERUSER_CREATED: {
    services: ['auth'],
    levels: ['WARNING'],
    subjects: ['user'],
    data: [],
    readers: 'concerned',
  },
  CONFIRMATION_SENT_AGAIN: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['user'],
    data: [],
    readers: 'concerned',
  },
  AGENT_INVITED_AGAIN: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['user'],
    data: [],
    readers: 'concerned',
  },
  LOGIN: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['user'],
    data: ['session_id', 'user_agent', 'new_device', 'method', 'trusted_device'],
    readers: 'concerned',
  },
  // No subject: no user has the name or address that was given.
  LOGIN_FAILED: {
    services: ['auth'],
    levels: ['WARNING'],
    subjects: ['user', null],
    data: ['reason', 'user_agent', 'trusted_device'],
    readers: 'concerned',
  },
  LOGOUT: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['user'],
    data: ['session_id', 'reason', 'sessions_ended'],
    readers: 'concerned',
  },
  PASSWORD_CHANGED: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['user'],
    data: ['sessions_ended'],
    readers: 'concerned',
  },
  PASSWORD_RECOVERED: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['user'],
    data: ['sessions_ended'],
    readers: 'concerned',
  },
  // No subject: no user has the address.
  RECOVERY_REQUESTED: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['user', null],
    data: [],
    readers: 'concerned',
  },
  // Of a signed-in user, who is asked for it before a change.
  WRONG_PASSWORD: {
    services: ['auth'],
    levels: ['WARNING'],
    subjects: ['user'],
    data: [],
    readers: 'concerned',
  },
  // The first attempt that a lock refused: a flood of further ones adds no entries.
  ATTEMPT_WHILE_LOCKED: {
    services: ['auth'],
    levels: ['WARNING'],
    subjects: ['user', null],
    data: ['method', 'expires_at'],
    readers: 'concerned',
  },
  // Logged once in the time of the quota, when a network address has used it up; what it sends then is refused.
  QUOTA_USED_UP: {
    services: ['auth'],
    levels: ['WARNING'],
    subjects: [null],
    data: ['quota', 'count', 'expires_at'],
    readers: 'staff',
  },
  // The same of an email address, which the entry doesn't have.
  MAIL_QUOTA_USED_UP: {
    services: ['auth'],
    levels: ['WARNING'],
    subjects: [null],
    data: ['quota', 'count', 'expires_at'],
    readers: 'staff',
  },
  PROFILE_UPDATED: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['user'],
    data: ['fields'],
    readers: 'concerned',
  },
  MAIL_CHOICES_CHANGED: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['user'],
    data: ['refused_mails', 'method'],
    readers: 'concerned',
  },
  PROFILE_EXPORTED: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['user'],
    data: [],
    readers: 'concerned',
  },
  NAME_VERIFIED: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['user'],
    data: ['verified_name_before', 'verified_name'],
    readers: 'concerned',
  },
  EMAIL_CHANGED: { services: ['auth'], levels: ['INFO'], subjects: ['user'], data: [], readers: 'concerned' },
  EMAIL_CHANGE_STOPPED: {
    services: ['auth'],
    levels: ['WARNING'],
    subjects: ['user'],
    data: ['restored', 'sessions_ended'],
    readers: 'concerned',
  },
  SIGN_IN_STOPPED: {
    services: ['auth'],
    levels: ['WARNING'],
    subjects: ['user'],
    data: ['session_id', 'sessions_ended'],
    readers: 'concerned',
  },
  EMAIL_CONFIRMED: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['user'],
    data: [],
    readers: 'concerned',
  },
  TOTP_ENROLMENT_STARTED: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['user'],
    data: [],
    readers: 'concerned',
  },
  TOTP_ENROLMENT_FAILED: {
    services: ['auth'],
    levels: ['WARNING'],
    subjects: ['user'],
    data: [],
    readers: 'concerned',
  },
  TOTP_ENABLED: { services: ['auth'], levels: ['INFO'], subjects: ['user'], data: [], readers: 'concerned' },
  TOTP_DISABLED: {
    services: ['auth'],
    levels: ['WARNING'],
    subjects: ['user'],
    data: [],
    readers: 'concerned',
  },
  PASSKEY_ADDED: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['passkey'],
    data: ['name', 'backed_up', 'aaguid'],
    readers: 'concerned',
  },
  PASSKEY_REMOVED: {
    services: ['auth'],
    levels: ['WARNING'],
    subjects: ['passkey'],
    data: ['name'],
    readers: 'concerned',
  },
  // An employee opened the page of a customer; once an hour for each employee. The customer doesn't see it.
  CUSTOMER_VIEWED: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['customer_record'],
    data: [],
    readers: 'staff',
  },
  CUSTOMER_NOTE_ADDED: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['customer_record'],
    data: ['note_id'],
    readers: 'staff',
  },
  SECOND_FACTOR_RESET: {
    services: ['auth'],
    levels: ['WARNING'],
    subjects: ['user'],
    data: ['sessions_ended'],
    readers: 'concerned',
  },
  TOKEN_CREATED: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['api_token'],
    data: ['name', 'scopes', 'expires_at'],
    readers: 'concerned',
  },
  TOKEN_REVOKED: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: ['api_token'],
    data: ['name'],
    readers: 'concerned',
  },
  // WARNING: a refresh token was used twice.
  SESSION_REVOKED: {
    services: ['auth'],
    levels: ['INFO', 'WARNING'],
    subjects: ['session'],
    data: ['reason', 'user_agent'],
    readers: 'concerned',
  },
  SIGNING_KEY_ROTATED: {
    services: ['auth'],
    levels: ['INFO'],
    subjects: [null],
    data: ['kid'],
    readers: 'staff',
  },
  OUTBOX_REPUBLISHED: {
    services: ['auth', 'accounts'],
    levels: ['WARNING'],
    subjects: [null],
    data: ['since', 'families', 'subjects', 'events', 'operator', 'host'],
    readers: 'staff',
  },
  LOG_MONTH_EXPORTED: {
    services: ['logging'],
    levels: ['INFO'],
    subjects: [null],
    data: ['month', 'count', 'hash', 'operator', 'host'],
    readers: 'staff',
  },
  LOG_MONTH_DROPPED: {
    services: ['logging'],
    levels: ['WARNING'],
    subjects: [null],
    data: ['month', 'count', 'hash', 'operator', 'host'],
    readers: 'staff',
  },
  ADMIN_COMMAND: {
    services: ['auth', 'accounts', 'logging', 'mailer'],
    levels: ['WARNING'],
    subjects: ['user', null],
    data: [
      'command',
      'operator',
      'host',
      'count',
      'kid',
      'resealed',
      'session_id',
      'sessions_ended',
      'log_level',
      'expires_at',
    ],
    readers: 'concerned',
  },

  ACCOUNT_REQUESTED: STEP,
  ACCOUNT_APPROVED: STEP,
  ACCOUNT_OPENED: STEP,
  ACCOUNT_REJECTED: STEP,
  ACCOUNT_CANCELLED: STEP,
  ACCOUNT_EXPIRED: STEP,
  // The account itself: it was empty, and its owner was deleted.
  ACCOUNT_CLOSED: {
    services: ['accounts'],
    levels: ['INFO'],
    subjects: ['operation', 'account'],
    data: [...STEP_DATA, 'account_id'],
    readers: 'concerned',
  },
  ACCOUNT_RENAMED: {
    services: ['accounts'],
    levels: ['INFO'],
    subjects: ['account'],
    data: ['account_id', 'name', 'name_before'],
    readers: 'concerned',
  },
  DEPOSIT_REQUESTED: STEP,
  DEPOSIT_APPROVED: STEP,
  DEPOSIT_POSTED: STEP,
  DEPOSIT_REJECTED: STEP,
  DEPOSIT_CANCELLED: STEP,
  DEPOSIT_EXPIRED: STEP,
  WITHDRAWAL_REQUESTED: STEP,
  WITHDRAWAL_APPROVED: STEP,
  WITHDRAWAL_POSTED: STEP,
  WITHDRAWAL_REJECTED: STEP,
  WITHDRAWAL_CANCELLED: STEP,
  WITHDRAWAL_EXPIRED: STEP,
  TRANSFER_REQUESTED: STEP,
  TRANSFER_APPROVED: STEP,
  TRANSFER_SCHEDULED: DATED_STEP,
  // Its day has come, and money is lacking, or payments don't leave the bank on that day.
  TRANSFER_POSTPONED: DATED_STEP,
  TRANSFER_POSTED: STEP,
  TRANSFER_REJECTED: STEP,
  TRANSFER_CANCELLED: STEP,
  TRANSFER_EXPIRED: STEP,
  RIB_REQUESTED: STEP,
  RIB_APPROVED: STEP,
  RIB_RENEWED: STEP,
  RIB_REJECTED: STEP,
  RIB_CANCELLED: STEP,
  RIB_EXPIRED: STEP,
  CLOSURE_REQUESTED: STEP,
  CLOSURE_APPROVED: STEP,
  CLOSURE_REJECTED: STEP,
  CLOSURE_CANCELLED: STEP,
  CLOSURE_EXPIRED: STEP,
  REVERSAL_REQUESTED: STEP,
  REVERSAL_APPROVED: STEP,
  REVERSAL_POSTED: STEP,
  REVERSAL_REJECTED: STEP,
  REVERSAL_CANCELLED: STEP,
  REVERSAL_EXPIRED: STEP,
  // An agent requests these, and one approval is enough: they are never half approved, and can't be cancelled.
  OVERDRAFT_REQUESTED: STEP,
  // The account itself: one agent changed it at once, without an operation.
  OVERDRAFT_CHANGED: {
    services: ['accounts'],
    levels: ['INFO'],
    subjects: ['operation', 'account'],
    data: STEP_DATA,
    readers: 'concerned',
  },
  OVERDRAFT_REJECTED: STEP,
  OVERDRAFT_EXPIRED: STEP,
  LIMITS_REQUESTED: STEP,
  LIMITS_CHANGED: {
    services: ['accounts'],
    levels: ['INFO'],
    subjects: ['operation', 'account'],
    data: STEP_DATA,
    readers: 'concerned',
  },
  LIMITS_REJECTED: STEP,
  LIMITS_EXPIRED: STEP,

  STANDING_ORDER_REQUESTED: STEP,
  STANDING_ORDER_APPROVED: STEP,
  STANDING_ORDER_ACTIVATED: STEP,
  STANDING_ORDER_REJECTED: STEP,
  STANDING_ORDER_CANCELLED: STEP,
  STANDING_ORDER_EXPIRED: STEP,
  STANDING_ORDER_PAUSED: ORDER_STEP,
  STANDING_ORDER_RESUMED: ORDER_STEP,
  // A payment showed that its account or its payee can't be used any more.
  STANDING_ORDER_SUSPENDED: ORDER_STEP,
  // A payment came to nothing, after its last attempt; the order goes on.
  STANDING_ORDER_SKIPPED: ORDER_STEP,
  // By its customer, by one that replaces it, after its last payment, or because its customer left the bank.
  STANDING_ORDER_ENDED: ORDER_STEP,

  INCOMING_PAYMENTS_REQUESTED: STEP,
  INCOMING_PAYMENTS_APPROVED: STEP,
  INCOMING_PAYMENTS_POSTED: STEP,
  INCOMING_PAYMENTS_REJECTED: STEP,
  INCOMING_PAYMENTS_CANCELLED: STEP,
  INCOMING_PAYMENTS_EXPIRED: STEP,
  // A file in the bank's folder for files from other banks, which can't be received for the reason in `code`. It was moved to `refused`.
  INCOMING_FILE_REFUSED: {
    services: ['accounts'],
    levels: ['WARNING'],
    subjects: [null],
    data: ['file_name', 'code', 'line', 'fault'],
    readers: 'staff',
  },
  // One of an approved file: it was credited, or went to suspense for the reason in `code`.
  PAYMENT_RECEIVED: STEP,
  RETURNED_PAYMENTS_REQUESTED: STEP,
  RETURNED_PAYMENTS_APPROVED: STEP,
  RETURNED_PAYMENTS_POSTED: STEP,
  RETURNED_PAYMENTS_REJECTED: STEP,
  RETURNED_PAYMENTS_CANCELLED: STEP,
  RETURNED_PAYMENTS_EXPIRED: STEP,
  SUSPENSE_ASSIGNMENT_REQUESTED: STEP,
  SUSPENSE_ASSIGNMENT_APPROVED: STEP,
  SUSPENSE_ASSIGNMENT_POSTED: STEP,
  SUSPENSE_ASSIGNMENT_REJECTED: STEP,
  SUSPENSE_ASSIGNMENT_CANCELLED: STEP,
  SUSPENSE_ASSIGNMENT_EXPIRED: STEP,
  SUSPENSE_RETURN_REQUESTED: STEP,
  SUSPENSE_RETURN_APPROVED: STEP,
  SUSPENSE_RETURN_POSTED: STEP,
  SUSPENSE_RETURN_REJECTED: STEP,
  SUSPENSE_RETURN_CANCELLED: STEP,
  SUSPENSE_RETURN_EXPIRED: STEP,
  DUPLICATE_ACCEPTANCE_REQUESTED: STEP,
  DUPLICATE_ACCEPTANCE_APPROVED: STEP,
  DUPLICATE_ACCEPTANCE_POSTED: STEP,
  DUPLICATE_ACCEPTANCE_REJECTED: STEP,
  DUPLICATE_ACCEPTANCE_CANCELLED: STEP,
  DUPLICATE_ACCEPTANCE_EXPIRED: STEP,
  INTEREST_RUN_REQUESTED: STEP,
  INTEREST_RUN_APPROVED: STEP,
  INTEREST_RUN_POSTED: STEP,
  INTEREST_RUN_REJECTED: STEP,
  INTEREST_RUN_CANCELLED: STEP,
  INTEREST_RUN_EXPIRED: STEP,
  // A line of an approved interest run.
  INTEREST_POSTED: STEP,
  FEE_POSTED: STEP,

  // A superuser set the rates of a product from a day on.
  PRODUCT_CHANGED: {
    services: ['accounts'],
    levels: ['INFO'],
    subjects: ['product'],
    data: ['product', 'valid_from', 'interest_rate', 'overdraft_rate', 'monthly_fee', 'minimum_balance'],
    readers: 'staff',
  },
  // By an agent, or by the bank at its cut-off: then it has no actor. Amount and count are those of the batch.
  BATCH_CREATED: BATCH_STEP,
  BATCH_SENT: BATCH_STEP,
  BATCH_SETTLED: BATCH_STEP,
  // An agent took its file, which names customers and payees.
  BATCH_DOWNLOADED: BATCH_STEP,

  // An agent opened a request that waits; once an hour for each agent. The customer doesn't see it.
  OPERATION_VIEWED: {
    services: ['accounts'],
    levels: ['INFO'],
    subjects: ['operation'],
    data: ['operation_id', 'type', 'amount', 'currency'],
    readers: 'staff',
  },
  // An agent opened the history or a statement of an account; once an hour for each agent. The customer doesn't see it.
  ACCOUNT_VIEWED: {
    services: ['accounts'],
    levels: ['INFO'],
    subjects: ['customer_record'],
    data: ['account_id', 'account_name', 'name'],
    readers: 'staff',
  },
  // An agent asked for it. ERROR: there is a difference.
  LEDGER_RECONCILED: {
    services: ['accounts'],
    levels: ['INFO', 'ERROR'],
    subjects: [null],
    data: ['scope', 'broken'],
    readers: 'staff',
  },
  // An agent's decision that the rules refused; the operation stays as it is.
  DECISION_REFUSED: {
    services: ['accounts'],
    levels: ['WARNING'],
    subjects: ['operation'],
    data: ['operation_id', 'type', 'amount', 'currency', 'decision', 'code'],
    readers: 'staff',
  },

  // A process of the service, once it reaches NATS.
  SERVICE_STARTED: {
    services: SERVICES,
    levels: ['INFO'],
    subjects: [null],
    data: ['version', 'settings_hash'],
    readers: 'staff',
  },
  // Stopped in order: a process that was killed leaves none.
  SERVICE_STOPPED: {
    services: SERVICES,
    levels: ['INFO'],
    subjects: [null],
    data: ['version', 'settings_hash'],
    readers: 'staff',
  },
  SERVICE_WARNING: { services: SERVICES, levels: ['WARNING'], subjects: [null], data: [], readers: 'staff' },
  SERVICE_ERROR: { services: SERVICES, levels: ['ERROR'], subjects: [null], data: [], readers: 'staff' },
  BENEFICIARY_ADDED: {
    services: ['accounts'],
    levels: ['INFO'],
    subjects: ['beneficiary'],
    data: ['name', 'iban'],
    readers: 'concerned',
  },
  BENEFICIARY_REMOVED: {
    services: ['accounts'],
    levels: ['INFO'],
    subjects: ['beneficiary'],
    data: ['name', 'iban'],
    readers: 'concerned',
  },
  WEBHOOK_CREATED: WEBHOOK,
  // Messages have a second signature, with the previous secret, for a day.
  WEBHOOK_SECRET_ROTATED: WEBHOOK,
  WEBHOOK_DELETED: WEBHOOK,
  // Its owner sent it a message without an event; a success enables one that was disabled.
  WEBHOOK_TESTED: WEBHOOK,
  WEBHOOK_SENT_AGAIN: WEBHOOK,
  // By the bank: the receiver answered 410, failed for days, or left too much waiting.
  WEBHOOK_DISABLED: { ...WEBHOOK, levels: ['WARNING'] },
  // Once until the next success, however many messages are given up.
  WEBHOOK_DEAD_LETTERED: { ...WEBHOOK, levels: ['WARNING'] },
  STEP_UP_FAILED: {
    services: ['auth', 'accounts'],
    levels: ['WARNING'],
    subjects: ['user'],
    data: ['type', 'method', 'reason'],
    readers: 'concerned',
  },
  ACCESS_DENIED: {
    services: ['auth', 'accounts', 'logging', 'mailer'],
    levels: ['WARNING'],
    subjects: ['route'],
    data: ['method', 'route', 'scopes'],
    readers: 'concerned',
  },
  // The mail server accepted it. What it is about has entries of its own, so members' activity doesn't list it.
  MAIL_SENT: {
    services: ['mailer'],
    levels: ['INFO'],
    subjects: ['mail'],
    data: ['template'],
    readers: 'staff',
  },
  // Not sent, because the recipient refuses such mails or no longer gets them.
  MAIL_WITHHELD: {
    services: ['mailer'],
    levels: ['INFO'],
    subjects: ['mail'],
    data: ['template'],
    readers: 'staff',
  },
  // The superuser opened a dead letter, which shows the email; once an hour for each reader and letter.
  MAIL_VIEWED: {
    services: ['mailer'],
    levels: ['INFO'],
    subjects: ['mail'],
    data: ['template', 'code'],
    readers: 'staff',
  },
  // The superuser's decisions about a dead letter.
  MAIL_SENT_AGAIN: {
    services: ['mailer'],
    levels: ['INFO'],
    subjects: ['mail'],
    data: ['template', 'code'],
    readers: 'staff',
  },
  MAIL_DISCARDED: {
    services: ['mailer'],
    levels: ['INFO'],
    subjects: ['mail'],
    data: ['template', 'code'],
    readers: 'staff',
  },
  MAIL_DEAD_LETTERED: {
    services: ['mailer'],
    levels: ['ERROR'],
    subjects: ['mail'],
    data: ['template', 'code', 'reason', 'tries'],
    readers: 'concerned',
  },
} as const satisfies Record<string, ActionDefinition>;

export type LogAction = keyof typeof LOG_ACTIONS;

/** The actions that a service logs; of several services, the actions that all of them log. */
export type LogActionOf<Service extends ServiceName> = {
  [Action in LogAction]: [Service] extends [LogServiceOf<Action>] ? Action : never;
}[LogAction];

/** The actions whose subject may be of this type. */
export type LogActionOn<Type extends SubjectType | null> = {
  [Action in LogAction]: [Type] extends [Definition<Action>['subjects'][number]] ? Action : never;
}[LogAction];

type Definition<Action extends LogAction> = (typeof LOG_ACTIONS)[Action];

export type LogServiceOf<Action extends LogAction> = Definition<Action>['services'][number];

/** Whether an action is a step in the life of an operation: its data then have the operation's kind and status. */
export function isOperationStep(action: LogAction): boolean {
  const definition: ActionDefinition = LOG_ACTIONS[action];
  return definition === STEP || definition === DATED_STEP;
}

/** The family that an action belongs to, if any. It follows from the action's first word, so that it is the same in releases with other actions. */
export function logFamilyOf(action: string): LogFamily | null {
  return FAMILY_OF_PREFIX.find(([prefix]) => action.startsWith(prefix))?.[1] ?? null;
}

export function isLogFamily(word: string): word is LogFamily {
  return Object.hasOwn(OPERATION_FAMILIES, word);
}
