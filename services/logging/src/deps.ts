import type { Calendar } from '@guichet/calendar';
import type { LoggingState } from '@guichet/contract';
import type { Database, ReadOnlyDatabase } from '@guichet/database';
import type { Log } from '@guichet/log';
import type { CheckpointKeys } from '@guichet/log-checkpoints';
import type { Clock } from '@guichet/time';
import type { Verifier } from '@guichet/tokens';
import type { RecordDenial } from './record-denial.ts';
import type { LogFeed } from './stream/log-feed.ts';
import type { StreamRegistry } from './stream/stream-registry.ts';
import type { HeadWitness } from './verify/head-witness.ts';
import type { Threads } from './verify/verify-threads.ts';

/** The dependencies of the use cases of this service. */
export interface Deps {
  witness?: HeadWitness;
  /** Null if verifying the whole log in threads would take no less time. */
  verifyThreads?: Threads | null;
  db: Database;
  /** For lists and histories, which decide nothing. */
  reads: ReadOnlyDatabase;
  log: Log;
  clock: Clock;
  calendar: Calendar;
  verify: Verifier;
  feed: LogFeed;
  streams: StreamRegistry;
  recordDenial: RecordDenial;
  checkpointKeys: CheckpointKeys;
  /** The state of this service's set-up, for the superuser. */
  describeSetup: () => Promise<LoggingState>;
}
