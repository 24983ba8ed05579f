export { FORGOTTEN, type LogEntry, LogEntryView } from './entries.ts';
export {
  LOG_BUCKETS,
  type LogBar,
  LogBarView,
  type LogBucket,
  type LogStats,
  LogStatsView,
} from './stats.ts';
export { type LogVerification, LogVerificationView } from './verification.ts';
