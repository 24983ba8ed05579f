export { type LogCheckpoint, LogCheckpointView, LogKeysView } from './checkpoints.ts';
export { FORGOTTEN, type LogEntry, LogEntryView } from './entries.ts';
export {
  LOG_BUCKETS,
  LOG_GROUPS,
  type LogBar,
  LogBarView,
  type LogBucket,
  type LogGroup,
  type LogStats,
  LogStatsView,
} from './stats.ts';
export {
  LOG_FAULTS,
  LOG_PROOFS,
  type LogFault,
  type LogProof,
  type LogVerification,
  LogVerificationView,
} from './verification.ts';
