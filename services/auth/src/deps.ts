import type { AuthState } from '@guichet/contract';
import { type Database, type ReadOnlyDatabase, type Transaction, transaction } from '@guichet/database';
import type { Log } from '@guichet/log';
import type { Clock } from '@guichet/time';
import type { Vault } from '@guichet/vault';
import type { AccountsClient } from './accounts-client.ts';
import type { Keyring } from './keys/keyring.ts';
import type { PasswordHasher } from './passwords/hasher.ts';
import type { CommonPasswords } from './passwords/rules.ts';
import type { ReadPersonalData } from './personal-data/personal-data-peer.ts';

/** The settings that use cases depend on. */
export interface Policy {
  /** Whether a registration waits for an agent. */
  registration: 'approval' | 'open';
  /** Whether agents and superusers without a second factor can only set one up. */
  requireTotpForStaff: boolean;
  /** The bank's address in a browser, without a slash at its end: links in mails start with it. */
  publicUrl: string;
  tokenTtlSeconds: number;
  /** A session that is not refreshed for this long ends. */
  sessionIdleSeconds: number;
  /** Every session ends after this long. */
  sessionMaxSeconds: number;
}

/** The dependencies of the use cases of this service. */
export interface Deps {
  db: Database;
  /** For lists and histories, which decide nothing. */
  reads: ReadOnlyDatabase;
  log: Log;
  /** Another one in each process. */
  replicaId: string;
  clock: Clock;
  policy: Policy;
  hasher: PasswordHasher;
  commonPasswords: CommonPasswords;
  vault: Vault;
  keyring: Keyring;
  accounts: AccountsClient;
  /** The data that logging holds about a person. */
  readLogOf: ReadPersonalData;
  /** The state of this service's set-up, for the superuser. */
  describeSetup: () => Promise<AuthState>;
  /** Wakes the outbox's relay, because there are messages to publish. */
  wakeRelay: () => void;
}

/** Where a request comes from. */
export interface Origin {
  correlationId: string | null;
  ip: string | null;
  userAgent: string | null;
}

/** Runs `work` in one transaction, as `transaction` does, and wakes the relay to publish the events that it wrote. */
export async function change<Result>(
  deps: Deps,
  work: (trx: Transaction) => Promise<Result>,
): Promise<Result> {
  const result = await transaction(deps.db, work);
  deps.wakeRelay();
  return result;
}
