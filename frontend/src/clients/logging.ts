import type { Role } from '@guichet/contract';
import { WHOLE_BANK_TIMEOUT_MS } from '../upstream/services.ts';
import type { Call, Page, Query } from './call.ts';

export const LEVELS = ['INFO', 'WARNING', 'ERROR'] as const;
type Level = (typeof LEVELS)[number];

/** Names from the first version of the API, each for several actions. */
export const FAMILIES = ['VIREMENT', 'DEPOT', 'RETRAIT', 'COMPTE'] as const;

const OPERATION_ACTIONS = [
  'ACCOUNT',
  'DEPOSIT',
  'WITHDRAWAL',
  'TRANSFER',
  'RIB',
  'CLOSURE',
  'REVERSAL',
].flatMap((kind) =>
  ['REQUESTED', 'APPROVED', 'POSTED', 'REJECTED', 'CANCELLED', 'EXPIRED'].map((step) =>
    nameOf(`${kind}_${step}`),
  ),
);

/** Every action that the services write to the log, as their contract names them. */
export const ACTIONS: readonly string[] = [
  'USER_REGISTERED',
  'USER_ACTIVATED',
  'USER_DEACTIVATED',
  'USER_REJECTED',
  'USER_DELETED',
  'AGENT_CREATED',
  'LOGIN',
  'LOGIN_FAILED',
  'LOGOUT',
  'PASSWORD_CHANGED',
  'PASSWORD_RECOVERED',
  'PROFILE_UPDATED',
  'NAME_VERIFIED',
  'EMAIL_CHANGED',
  'EMAIL_CHANGE_STOPPED',
  'EMAIL_CONFIRMED',
  'TOTP_ENABLED',
  'TOTP_DISABLED',
  'SECOND_FACTOR_RESET',
  'TOKEN_CREATED',
  'TOKEN_REVOKED',
  'SESSION_REVOKED',
  ...OPERATION_ACTIONS,
  // An agent requests these, and one approval is enough: they are never half approved, and cannot be cancelled.
  ...['OVERDRAFT', 'LIMITS'].flatMap((kind) =>
    ['REQUESTED', 'POSTED', 'REJECTED', 'EXPIRED'].map((step) => nameOf(`${kind}_${step}`)),
  ),
  'SERVICE_WARNING',
  'SERVICE_ERROR',
  'BENEFICIARY_ADDED',
  'BENEFICIARY_REMOVED',
  'STEP_UP_FAILED',
  'ACCESS_DENIED',
  'ADMIN_COMMAND',
  'MAIL_DEAD_LETTERED',
];

function nameOf(action: string): string {
  const named: Record<string, string> = {
    ACCOUNT_POSTED: 'ACCOUNT_OPENED',
    RIB_POSTED: 'RIB_RENEWED',
    CLOSURE_POSTED: 'ACCOUNT_CLOSED',
    OVERDRAFT_POSTED: 'OVERDRAFT_CHANGED',
    LIMITS_POSTED: 'LIMITS_CHANGED',
  };
  return named[action] ?? action;
}

export interface LogEntry {
  id: string;
  sequence: number;
  time: string;
  level: Level;
  service: string;
  action: string;
  actor: { id: string; username: string; role: Role } | null;
  subject: { type: string; id: string } | null;
  message: string;
  correlation_id: string | null;
  data: Record<string, unknown> | null;
  hash: string;
}

export interface LogStats {
  total: number;
  by_level: Partial<Record<Level, number>>;
  by_action: Record<string, number>;
  by_service: Record<string, number>;
  series: { start: string; info: number; warning: number; error: number }[];
}

export interface ChainCheck {
  ok: boolean;
  checked: number;
  first_break: unknown;
}

export type LoggingClient = ReturnType<typeof loggingClient>;

/** The logging API, as the pages use it. */
export function loggingClient(call: Call) {
  return {
    entries: (filter: Query) => call<Page<LogEntry>>({ path: '/api/logs', query: filter }),
    stats: (filter: Query) => call<LogStats>({ path: '/api/logs/stats', query: filter }),
    verify: () =>
      call<ChainCheck>({
        path: '/api/logs/verify',
        lane: 'documents',
        answerWithinMs: WHOLE_BANK_TIMEOUT_MS,
      }),
  };
}
