import type { LoggingState, Page } from '@guichet/contract';
import type { LogEntry, LogStats, LogVerification } from '@guichet/contract/logging';
import { WHOLE_BANK_TIMEOUT_MS } from '../upstream/services.ts';
import type { Call, Query } from './call.ts';

export type LoggingClient = ReturnType<typeof loggingClient>;

/** The logging API, as the pages use it. */
export function loggingClient(call: Call) {
  return {
    entries: (filter: Query) => call<Page<LogEntry>>({ path: '/api/logs', query: filter }),
    stats: (filter: Query) => call<LogStats>({ path: '/api/logs/stats', query: filter }),
    setupState: () => call<LoggingState>({ path: '/api/logs/setup-state' }),
    /** Proves the entries of an operation. */
    verifyOperation: (operation: string) =>
      call<LogVerification>({ path: '/api/logs/verify', query: { operation } }),
    verify: () =>
      call<LogVerification>({
        path: '/api/logs/verify',
        lane: 'documents',
        answerWithinMs: WHOLE_BANK_TIMEOUT_MS,
      }),
  };
}
