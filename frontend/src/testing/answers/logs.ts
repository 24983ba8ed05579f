import { LoggingStateView } from '@guichet/contract';
import { LOG_ACTIONS } from '@guichet/contract/events';
import {
  LogEntryView,
  type LogStats,
  LogStatsView,
  type LogVerification,
  LogVerificationView,
} from '@guichet/contract/logging';
import { loggingState } from '../bank-state.ts';
import { buildLogEntry } from '../fixtures.ts';
import { postedTransfer } from './operations.ts';
import { alice, bruno } from './people.ts';
import { type Answers, type Call, list, one } from './replies.ts';
import { storyFor, storyVerification } from './story.ts';

export function logAnswers({ request, role }: Call): Answers {
  const operation = request.query.get('operation');
  return {
    'GET /api/logs': () =>
      list(LogEntryView, operation === postedTransfer.id ? storyFor(role !== 'member') : log),
    'GET /api/logs/stats': () =>
      one(LogStatsView, { ...stats, groups: groupsOf(request.query.get('group')) }),
    'GET /api/logs/verify': () =>
      one(LogVerificationView, operation === postedTransfer.id ? storyVerification : verification),
    'GET /api/logs/setup-state': () => one(LoggingStateView, loggingState),
  };
}

const log = Object.keys(LOG_ACTIONS)
  .slice(0, 40)
  .map((action, index) =>
    buildLogEntry(index + 1, index % 5 === 0 ? null : alice, {
      action,
      service: index % 3 === 0 ? 'auth' : 'accounts',
      level: index % 9 === 4 ? 'WARNING' : index === 7 ? 'ERROR' : 'INFO',
    }),
  );

const verification: LogVerification = {
  ok: true,
  checked: 1_204,
  first_break: null,
  reason: null,
  dropped: null,
  head: { sequence: 1_204, hash: '9f2b7d1c4a5e8f00112233445566778899aabbccddeeff00112233445566778899' },
};

const TODAY = Math.floor(Date.now() / 86_400_000) * 86_400_000;

/** The groups of the log, each with numbers that are no others'. */
function groupsOf(group: string | null): NonNullable<LogStats['groups']> {
  if (group === 'outcome') {
    return [
      { key: 'posted', count: 211 },
      { key: 'rejected', count: 12 },
      { key: 'cancelled', count: 6 },
    ];
  }
  if (group === 'address') {
    return [
      { key: '203.0.113.9', count: 19 },
      { key: '2001:db8:0:1::/64', count: 7 },
    ];
  }
  return [0, 3, 8].map((back) => ({
    key: `${bruno.id} ${new Date(TODAY - back * 86_400_000).toISOString()}`,
    count: 17 - back,
  }));
}

const stats: LogStats = {
  total: 1_204,
  by_level: { INFO: 1_160, WARNING: 41, ERROR: 3 },
  by_action: Object.fromEntries(
    Object.keys(LOG_ACTIONS)
      .slice(0, 16)
      .map((action, index) => [action, 300 - index * 17]),
  ),
  by_service: { auth: 480, accounts: 690, mailer: 34 },
  series: Array.from({ length: 28 }, (_, index) => ({
    start: new Date(TODAY - (27 - index) * 86_400_000).toISOString(),
    info: 20 + ((index * 37) % 60),
    warning: index % 6 === 0 ? 7 : 1,
    error: index === 19 ? 3 : 0,
  })),
};
