import { OPERATION_FAMILIES, type OperationFamily } from '../lists/operations.ts';
import { SERVICES, type ServiceName } from '../lists/services.ts';

/** The words by which the first system filtered the log, each of them several actions. */
export const LOG_FAMILIES = Object.keys(OPERATION_FAMILIES) as LogFamily[];
export type LogFamily = OperationFamily;

const FAMILY_OF_PREFIX: readonly (readonly [prefix: string, family: LogFamily])[] = [
  ['TRANSFER_', 'VIREMENT'],
  ['DEPOSIT_', 'DEPOT'],
  ['WITHDRAWAL_', 'RETRAIT'],
  ['ACCOUNT_', 'COMPTE'],
  ['CLOSURE_', 'COMPTE'],
  ['RIB_', 'COMPTE'],
  ['OVERDRAFT_', 'COMPTE'],
  ['LIMITS_', 'COMPTE'],
];

/** Every action in the audit log, and the services that log it. Each language's catalogue has its name, and the log can be filtered by it. */
export const LOG_ACTIONS = {
  USER_REGISTERED: ['auth'],
  USER_ACTIVATED: ['auth'],
  USER_DEACTIVATED: ['auth'],
  USER_REJECTED: ['auth'],
  USER_DELETED: ['auth'],
  AGENT_CREATED: ['auth'],
  LOGIN: ['auth'],
  LOGIN_FAILED: ['auth'],
  LOGOUT: ['auth'],
  PASSWORD_CHANGED: ['auth'],
  PASSWORD_RECOVERED: ['auth'],
  PROFILE_UPDATED: ['auth'],
  NAME_VERIFIED: ['auth'],
  EMAIL_CHANGED: ['auth'],
  EMAIL_CHANGE_STOPPED: ['auth'],
  EMAIL_CONFIRMED: ['auth'],
  TOTP_ENABLED: ['auth'],
  TOTP_DISABLED: ['auth'],
  SECOND_FACTOR_RESET: ['auth'],
  TOKEN_CREATED: ['auth'],
  TOKEN_REVOKED: ['auth'],
  SESSION_REVOKED: ['auth'],
  ADMIN_COMMAND: ['auth'],

  ACCOUNT_REQUESTED: ['accounts'],
  ACCOUNT_APPROVED: ['accounts'],
  ACCOUNT_OPENED: ['accounts'],
  ACCOUNT_REJECTED: ['accounts'],
  ACCOUNT_CANCELLED: ['accounts'],
  ACCOUNT_EXPIRED: ['accounts'],
  ACCOUNT_CLOSED: ['accounts'],
  DEPOSIT_REQUESTED: ['accounts'],
  DEPOSIT_APPROVED: ['accounts'],
  DEPOSIT_POSTED: ['accounts'],
  DEPOSIT_REJECTED: ['accounts'],
  DEPOSIT_CANCELLED: ['accounts'],
  DEPOSIT_EXPIRED: ['accounts'],
  WITHDRAWAL_REQUESTED: ['accounts'],
  WITHDRAWAL_APPROVED: ['accounts'],
  WITHDRAWAL_POSTED: ['accounts'],
  WITHDRAWAL_REJECTED: ['accounts'],
  WITHDRAWAL_CANCELLED: ['accounts'],
  WITHDRAWAL_EXPIRED: ['accounts'],
  TRANSFER_REQUESTED: ['accounts'],
  TRANSFER_APPROVED: ['accounts'],
  TRANSFER_POSTED: ['accounts'],
  TRANSFER_REJECTED: ['accounts'],
  TRANSFER_CANCELLED: ['accounts'],
  TRANSFER_EXPIRED: ['accounts'],
  RIB_REQUESTED: ['accounts'],
  RIB_APPROVED: ['accounts'],
  RIB_RENEWED: ['accounts'],
  RIB_REJECTED: ['accounts'],
  RIB_CANCELLED: ['accounts'],
  RIB_EXPIRED: ['accounts'],
  CLOSURE_REQUESTED: ['accounts'],
  CLOSURE_APPROVED: ['accounts'],
  CLOSURE_REJECTED: ['accounts'],
  CLOSURE_CANCELLED: ['accounts'],
  CLOSURE_EXPIRED: ['accounts'],
  REVERSAL_REQUESTED: ['accounts'],
  REVERSAL_APPROVED: ['accounts'],
  REVERSAL_POSTED: ['accounts'],
  REVERSAL_REJECTED: ['accounts'],
  REVERSAL_CANCELLED: ['accounts'],
  REVERSAL_EXPIRED: ['accounts'],
  // An agent requests these, and one approval is enough: they are never half approved, and can't be cancelled.
  OVERDRAFT_REQUESTED: ['accounts'],
  OVERDRAFT_CHANGED: ['accounts'],
  OVERDRAFT_REJECTED: ['accounts'],
  OVERDRAFT_EXPIRED: ['accounts'],
  LIMITS_REQUESTED: ['accounts'],
  LIMITS_CHANGED: ['accounts'],
  LIMITS_REJECTED: ['accounts'],
  LIMITS_EXPIRED: ['accounts'],

  SERVICE_WARNING: SERVICES,
  SERVICE_ERROR: SERVICES,
  BENEFICIARY_ADDED: ['accounts'],
  BENEFICIARY_REMOVED: ['accounts'],
  STEP_UP_FAILED: ['accounts'],
  ACCESS_DENIED: ['auth', 'accounts', 'logging'],
  MAIL_DEAD_LETTERED: ['mailer'],
} as const satisfies Record<string, readonly ServiceName[]>;

export type LogAction = keyof typeof LOG_ACTIONS;

/** The actions that one service logs. */
export type LogActionOf<Service extends ServiceName> = {
  [Action in LogAction]: Service extends (typeof LOG_ACTIONS)[Action][number] ? Action : never;
}[LogAction];

/** The family that an action belongs to, if any. It follows from the action's first word, so that releases with other actions agree on it. */
export function logFamilyOf(action: string): LogFamily | null {
  return FAMILY_OF_PREFIX.find(([prefix]) => action.startsWith(prefix))?.[1] ?? null;
}

export function isLogFamily(word: string): word is LogFamily {
  return Object.hasOwn(OPERATION_FAMILIES, word);
}
