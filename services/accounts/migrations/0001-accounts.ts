import { createLeasesTable, exactCollation, type Knex } from '@guichet/database';
import { createDeadLettersTable } from '@guichet/dead-letters';
import { createOutboxTables } from '@guichet/outbox';
import { createScheduledJobsTable } from '@guichet/scheduled-jobs';
import { createViewingsTable } from '@guichet/viewings';

/** A UUID; see `uuid` in @guichet/database. */
const ID = 'BINARY(16)';
const CODE = 'VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin';
// A byte each; a new value is added at the end.
const KIND = `ENUM('deposit', 'withdrawal', 'internal_transfer', 'external_transfer', 'open_account', 'close_account', 'renew_rib',
  'reversal', 'set_overdraft', 'set_limits', 'standing_order') CHARACTER SET ascii COLLATE ascii_bin`;
const OPERATION_STATUS = `ENUM('pending', 'approved', 'scheduled', 'posted', 'rejected', 'cancelled', 'expired') CHARACTER SET ascii COLLATE ascii_bin`;
const PAYEE_CHECK = `ENUM('match', 'close_match', 'no_match', 'not_possible') CHARACTER SET ascii COLLATE ascii_bin`;
const DECISION = `ENUM('approve', 'reject') CHARACTER SET ascii COLLATE ascii_bin`;
const FREQUENCY = `ENUM('week', 'month', 'quarter', 'year') CHARACTER SET ascii COLLATE ascii_bin`;
const ORDER_STATE = `ENUM('requested', 'active', 'paused', 'suspended', 'ended') CHARACTER SET ascii COLLATE ascii_bin`;
const ACCOUNT_TYPE = `ENUM('current', 'savings') CHARACTER SET ascii COLLATE ascii_bin`;
const ACCOUNT_STATUS = `ENUM('pending', 'open', 'rejected', 'closed') CHARACTER SET ascii COLLATE ascii_bin`;
/** A day of the bank: 2026-10-31. */
const DAY = 'CHAR(10) CHARACTER SET ascii COLLATE ascii_bin';
const IBAN = 'VARCHAR(34) CHARACTER SET ascii COLLATE ascii_bin';
const TABLE = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci';

export async function up(db: Knex): Promise<void> {
  const exact = `COLLATE ${await exactCollation(db)}`;
  // Users as auth publishes them; rebuilt from the stream at any time. `name` is the displayed name: the verified name, or the username if there is
  // none.
  await db.raw(`CREATE TABLE IF NOT EXISTS people (
    id ${ID} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    username VARCHAR(32) NOT NULL,
    name VARCHAR(201) NOT NULL,
    verified_first_name VARCHAR(100) NULL,
    verified_last_name VARCHAR(100) NULL,
    role ${CODE} NOT NULL,
    status ${CODE} NOT NULL,
    forgotten TINYINT NOT NULL DEFAULT 0 COMMENT 'what this schema has of a deleted user has been erased',
    KEY people_role (role, status),
    KEY people_to_forget (status, forgotten),
    KEY people_username (username)
  ) ${TABLE}`);

  await createDeadLettersTable(db);

  // limit_operation and limit_day: null means the bank's own. entry_count numbers the entries of the account without gaps.
  await db.raw(`CREATE TABLE IF NOT EXISTS accounts (
    id ${ID} NOT NULL PRIMARY KEY,
    owner_id ${ID} NOT NULL,
    name VARCHAR(60) NOT NULL,
    type ${ACCOUNT_TYPE} NOT NULL,
    currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    status ${ACCOUNT_STATUS} NOT NULL,
    iban ${IBAN} NULL,
    balance BIGINT NOT NULL DEFAULT 0,
    held BIGINT NOT NULL DEFAULT 0,
    overdraft BIGINT NOT NULL DEFAULT 0,
    limit_operation BIGINT NULL,
    limit_day BIGINT NULL,
    entry_count BIGINT NOT NULL DEFAULT 0,
    created_at DATETIME(3) NOT NULL,
    opened_at DATETIME(3) NULL,
    closed_at DATETIME(3) NULL,
    KEY accounts_owner (owner_id, id),
    KEY accounts_status (status, id),
    CONSTRAINT accounts_held_positive CHECK (held >= 0),
    CONSTRAINT accounts_covered CHECK (balance - held + overdraft >= 0)
  ) ${TABLE}`);

  // Every RIB that was ever issued; retired ones are kept forever.
  await db.raw(`CREATE TABLE IF NOT EXISTS ribs (
    iban ${IBAN} NOT NULL PRIMARY KEY,
    account_id ${ID} NOT NULL,
    created_at DATETIME(3) NOT NULL,
    retired_at DATETIME(3) NULL,
    KEY ribs_account (account_id)
  ) ${TABLE}`);

  // account_id: the account that pays or changes; for a deposit, the one that receives. The amount of a kind that takes a hold is held on it.
  // limit_operation and limit_day: the limits that a set_limits requests; null means the bank's limit.
  // payee_check: how the name of an external transfer compared with the holder's at the request; payee_check_shown: whether the requester sees it.
  // execute_on: the day of a transfer that waits for it once it's approved; until then it holds nothing.
  // approved_by: the agent whose approval alone decided it, without a reason; zeros if there is none. Every other decision is a row of its own.
  // operations_requester ends in the IBAN so that earlier payments to a payee are found without reading the rows.
  await db.raw(`CREATE TABLE IF NOT EXISTS operations (
    id ${ID} NOT NULL PRIMARY KEY,
    type ${KIND} NOT NULL,
    status ${OPERATION_STATUS} NOT NULL,
    amount BIGINT NULL,
    currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    account_id ${ID} NULL,
    to_account_id ${ID} NULL,
    to_name VARCHAR(140) NULL,
    to_iban ${IBAN} NULL,
    payee_check ${PAYEE_CHECK} NULL,
    payee_check_shown TINYINT NOT NULL DEFAULT 0,
    reference VARCHAR(140) NULL,
    reason VARCHAR(500) NULL,
    reverses_id ${ID} NULL,
    limit_operation BIGINT NULL,
    limit_day BIGINT NULL,
    execute_on ${DAY} NULL,
    requester_id ${ID} NOT NULL,
    requester_username VARCHAR(32) NOT NULL,
    required_approvals TINYINT NOT NULL,
    approved_by ${ID} NOT NULL,
    refusal ${CODE} NULL,
    correlation_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    created_at DATETIME(3) NOT NULL,
    expires_at DATETIME(3) NOT NULL,
    decided_at DATETIME(3) NOT NULL,
    KEY operations_waiting (status, id, expires_at),
    KEY operations_type (type, id),
    KEY operations_requester (requester_id, id, to_iban),
    KEY operations_account (account_id, id),
    KEY operations_to (to_account_id, id),
    KEY operations_reverses (reverses_id)
  ) ${TABLE}`);

  // The operations that are approved and wait for their day, with the number of days on which they were tried.
  await db.raw(`CREATE TABLE IF NOT EXISTS due_operations (
    operation_id ${ID} NOT NULL PRIMARY KEY,
    due_on ${DAY} NOT NULL,
    attempts TINYINT NOT NULL DEFAULT 0,
    KEY due_operations_day (due_on, operation_id)
  ) ${TABLE}`);

  // Standing orders, with the id of the operation that requested them: its amount, accounts and payee are those of each payment. next_number: the number
  // of dates that have passed; next_on: the next one, null after the last. last_operation_id: the payment of the last date that has passed.
  await db.raw(`CREATE TABLE IF NOT EXISTS standing_orders (
    id ${ID} NOT NULL PRIMARY KEY,
    owner_id ${ID} NOT NULL,
    account_id ${ID} NOT NULL,
    every ${FREQUENCY} NOT NULL,
    first_on ${DAY} NOT NULL,
    last_on ${DAY} NULL,
    replaces_id ${ID} NULL,
    state ${ORDER_STATE} NOT NULL,
    next_number INT NOT NULL,
    next_on ${DAY} NULL,
    last_operation_id ${ID} NULL,
    refusal ${CODE} NULL,
    KEY standing_orders_owner (owner_id, id),
    KEY standing_orders_account (account_id, id),
    KEY standing_orders_due (state, next_on, id)
  ) ${TABLE}`);

  // One payment for each date of a standing order: the primary key prevents a second one.
  await db.raw(`CREATE TABLE IF NOT EXISTS standing_order_payments (
    standing_order_id ${ID} NOT NULL,
    number INT NOT NULL,
    operation_id ${ID} NOT NULL,
    PRIMARY KEY (standing_order_id, number),
    UNIQUE KEY standing_order_payments_operation (operation_id)
  ) ${TABLE}`);

  // One row for each agent who decided, except for approvals that are stored in approved_by; the primary key prevents an agent from deciding twice.
  await db.raw(`CREATE TABLE IF NOT EXISTS decisions (
    operation_id ${ID} NOT NULL,
    agent_id ${ID} NOT NULL,
    decision ${DECISION} NOT NULL,
    reason VARCHAR(500) NULL,
    decided_at DATETIME(3) NOT NULL,
    PRIMARY KEY (operation_id, agent_id)
  ) ${TABLE}`);

  // When it was last logged that an agent opened an operation or an account.
  await createViewingsTable(db);

  // One transfer for each posted operation that moves money, with its id, and at most one reversal for each transfer. A side that is a customer's has
  // one entry, with the number that is stored here; a side that is the bank's own account has number 0 and no other row.
  await db.raw(`CREATE TABLE IF NOT EXISTS transfers (
    id ${ID} NOT NULL PRIMARY KEY,
    amount BIGINT NOT NULL,
    currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    debit_account_id ${ID} NOT NULL,
    debit_number BIGINT NOT NULL,
    credit_account_id ${ID} NOT NULL,
    credit_number BIGINT NOT NULL,
    reverses_id ${ID} NULL,
    posted_at DATETIME(3) NOT NULL,
    UNIQUE KEY transfers_reverses (reverses_id),
    CONSTRAINT transfers_amount_positive CHECK (amount > 0)
  ) ${TABLE}`);

  // The entries of an account are adjacent, in the order of their numbers, so that a history is one range of the primary key. entries_time finds the
  // numbers of a period.
  await db.raw(`CREATE TABLE IF NOT EXISTS entries (
    account_id ${ID} NOT NULL,
    number BIGINT NOT NULL,
    transfer_id ${ID} NOT NULL,
    type ${KIND} NOT NULL,
    amount BIGINT NOT NULL,
    balance_after BIGINT NOT NULL,
    posted_at DATETIME(3) NOT NULL,
    counterparty_name VARCHAR(201) NULL,
    counterparty_iban ${IBAN} NULL,
    reference VARCHAR(140) NULL,
    PRIMARY KEY (account_id, number),
    KEY entries_time (account_id, posted_at),
    CONSTRAINT entries_amount_moves CHECK (amount <> 0)
  ) ${TABLE}`);
  for (const table of ['transfers', 'entries']) {
    for (const event of ['UPDATE', 'DELETE']) {
      const trigger = `${table}_refuse_${event.toLowerCase()}`;
      await db.raw(`DROP TRIGGER IF EXISTS ${trigger}`);
      await db.raw(
        `CREATE TRIGGER ${trigger} BEFORE ${event} ON ${table} FOR EACH ROW
         SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the ledger is append-only'`,
      );
    }
  }

  await db.raw(`CREATE TABLE IF NOT EXISTS beneficiaries (
    id ${ID} NOT NULL PRIMARY KEY,
    owner_id ${ID} NOT NULL,
    name VARCHAR(140) NOT NULL,
    iban ${IBAN} NOT NULL,
    created_at DATETIME(3) NOT NULL,
    UNIQUE KEY beneficiaries_iban (owner_id, iban),
    KEY beneficiaries_of_payee (iban)
  ) ${TABLE}`);

  // The number of payee checks that a user made in the last minute in which they made any; minutes are counted from 1970.
  await db.raw(`CREATE TABLE IF NOT EXISTS payee_checks (
    user_id ${ID} NOT NULL PRIMARY KEY,
    minute BIGINT NOT NULL,
    checks INT NOT NULL
  ) ${TABLE}`);

  // The first reply for each key, written in the transaction of its change.
  await db.raw(`CREATE TABLE IF NOT EXISTS idempotency_keys (
    user_id ${ID} NOT NULL,
    idempotency_key VARCHAR(270) CHARACTER SET utf8mb4 ${exact} NOT NULL,
    request_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    status INT NOT NULL,
    body MEDIUMTEXT NOT NULL,
    created_at DATETIME(3) NOT NULL,
    PRIMARY KEY (user_id, idempotency_key),
    KEY idempotency_keys_age (created_at)
  ) ${TABLE}`);

  // The sum that each member sent out of the bank since their last code, on the bank's day that began at day_start.
  await db.raw(`CREATE TABLE IF NOT EXISTS sent_sums (
    user_id ${ID} NOT NULL PRIMARY KEY,
    day_start DATETIME(3) NOT NULL,
    amount BIGINT NOT NULL
  ) ${TABLE}`);

  // The sum that each agent alone approved for each account, on the bank's day that began at day_start.
  await db.raw(`CREATE TABLE IF NOT EXISTS sole_approvals (
    account_id ${ID} NOT NULL,
    agent_id ${ID} NOT NULL,
    day_start DATETIME(3) NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (account_id, agent_id)
  ) ${TABLE}`);

  // What reconciliation has verified: everything that was committed at verified_at, and from there, each account's last entry and balance, and the
  // operations that were waiting. There is no checkpoint row before the first full run, and after one that found a difference.
  await db.raw(`CREATE TABLE IF NOT EXISTS reconciliation_checkpoint (
    id TINYINT NOT NULL PRIMARY KEY,
    verified_at DATETIME(3) NOT NULL,
    full_run_at DATETIME(3) NOT NULL
  ) ${TABLE}`);
  await db.raw(`CREATE TABLE IF NOT EXISTS reconciled_accounts (
    account_id ${ID} NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    balance BIGINT NOT NULL
  ) ${TABLE}`);
  await db.raw(`CREATE TABLE IF NOT EXISTS reconciled_waiting (
    operation_id ${ID} NOT NULL PRIMARY KEY
  ) ${TABLE}`);

  // The days on which the digest for agents was sent.
  await db.raw(`CREATE TABLE IF NOT EXISTS digests (
    day ${DAY} NOT NULL PRIMARY KEY,
    sent_at DATETIME(3) NOT NULL
  ) ${TABLE}`);

  await createScheduledJobsTable(db);
  await createOutboxTables(db);
  await createLeasesTable(db);
}

export async function down(): Promise<void> {
  throw new Error('accounts migrations cannot be undone: restore a backup');
}
