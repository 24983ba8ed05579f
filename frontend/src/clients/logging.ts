import type { LogLevel, Role } from '@guichet/contract';
import { WHOLE_BANK_TIMEOUT_MS } from '../upstream/services.ts';
import type { Call, Page, Query } from './call.ts';

export interface LogEntry {
  id: string;
  sequence: number;
  time: string;
  level: LogLevel;
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
  by_level: Partial<Record<LogLevel, number>>;
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
