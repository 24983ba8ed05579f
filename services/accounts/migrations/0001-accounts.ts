import { BUILT_IN_PRODUCTS } from '@guichet/contract';
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
  'reversal', 'set_overdraft', 'set_limits', 'standing_order', 'incoming_payments', 'incoming_payment', 'returned_payments',
  'suspense_assignment', 'suspense_return', 'duplicate_acceptance', 'interest_run', 'interest', 'overdraft_interest', 'fee') CHARACTER SET ascii COLLATE ascii_bin`;
const OPERATION_STATUS = `ENUM('pending', 'approved', 'scheduled', 'posted', 'rejected', 'cancelled', 'expired') CHARACTER SET ascii COLLATE ascii_bin`;
const PAYEE_CHECK = `ENUM('match', 'close_match', 'no_match', 'not_possible') CHARACTER SET ascii COLLATE ascii_bin`;
const DECISION = `ENUM('approve', 'reject') CHARACTER SET ascii COLLATE ascii_bin`;
const FREQUENCY = `ENUM('week', 'month', 'quarter', 'year') CHARACTER SET ascii COLLATE ascii_bin`;
const ORDER_STATE = `ENUM('requested', 'active', 'paused', 'suspended', 'ended') CHARACTER SET ascii COLLATE ascii_bin`;
const FILE_STATE = `ENUM('requested', 'posting', 'posted', 'abandoned') CHARACTER SET ascii COLLATE ascii_bin`;
const ITEM_STATUS = `ENUM('pending', 'credited', 'duplicate', 'suspense', 'assigned', 'returned', 'rejected') CHARACTER SET ascii COLLATE ascii_bin`;
const BATCH_STATUS = `ENUM('created', 'sent', 'settled') CHARACTER SET ascii COLLATE ascii_bin`;
const OUTGOING_STATE = `ENUM('waiting', 'batched', 'reversed', 'returned') CHARACTER SET ascii COLLATE ascii_bin`;
const RUN_STATE = `ENUM('requested', 'posting', 'posted', 'abandoned') CHARACTER SET ascii COLLATE ascii_bin`;
const LINE_KIND = `ENUM('interest', 'overdraft_interest', 'fee') CHARACTER SET ascii COLLATE ascii_bin`;
const LINE_STATUS = `ENUM('pending', 'posted', 'skipped', 'rejected') CHARACTER SET ascii COLLATE ascii_bin`;
const ACCOUNT_TYPE = `ENUM('current', 'savings') CHARACTER SET ascii COLLATE ascii_bin`;
const ACCOUNT_STATUS = `ENUM('pending', 'open', 'rejected', 'closed') CHARACTER SET ascii COLLATE ascii_bin`;
/** A month of the bank: 2026-10. */
const MONTH = 'CHAR(7) CHARACTER SET ascii COLLATE ascii_bin';
const WEBHOOK_STATUS = `ENUM('active', 'disabled') CHARACTER SET ascii COLLATE ascii_bin`;
const WEBHOOK_TROUBLE = `ENUM('gone', 'failing', 'queue_full') CHARACTER SET ascii COLLATE ascii_bin`;
const WEBHOOK_MESSAGE = `ENUM('operation.requested', 'operation.posted', 'operation.rejected', 'operation.cancelled', 'operation.expired',
  'account.opened', 'account.closed', 'account.credited', 'account.debited', 'standing_order.skipped', 'webhook.test') CHARACTER SET ascii COLLATE ascii_bin`;
const DELIVERY_STATUS = `ENUM('waiting', 'delivered', 'dead', 'withheld') CHARACTER SET ascii COLLATE ascii_bin`;
const DELIVERY_ERROR = `ENUM('unsafe_url', 'not_resolved', 'not_connected', 'certificate', 'timeout', 'no_answer', 'redirect', 'disabled')
  CHARACTER SET ascii COLLATE ascii_bin`;
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
    product ${CODE} NOT NULL,
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

  // What accounts follow: rates, and the day from which each applies.
  await db.raw(`CREATE TABLE IF NOT EXISTS products (
    code ${CODE} NOT NULL PRIMARY KEY,
    name VARCHAR(60) NOT NULL,
    type ${ACCOUNT_TYPE} NOT NULL
  ) ${TABLE}`);
  for (const [code, name] of Object.entries(BUILT_IN_PRODUCTS))
    await db.raw('INSERT IGNORE INTO products (code, name, type) VALUES (?, ?, ?)', [code, name, code]);
  await db.raw(`CREATE TABLE IF NOT EXISTS product_terms (
    product ${CODE} NOT NULL,
    valid_from ${DAY} NOT NULL,
    interest_rate INT NOT NULL,
    overdraft_rate INT NOT NULL,
    monthly_fee BIGINT NOT NULL,
    minimum_balance BIGINT NOT NULL,
    PRIMARY KEY (product, valid_from)
  ) ${TABLE}`);

  // The interest of an account's days, and the month's fee, by month; paid and charged: what interest runs up to that month posted of all that was owed. See products/accrual.ts for its unit. One row, in accrual_progress, names the last day that was added for
  // all accounts, and the last account for which the day after it was.
  await db.raw(`CREATE TABLE IF NOT EXISTS accruals (
    account_id ${ID} NOT NULL,
    month ${MONTH} NOT NULL,
    accrued DECIMAL(40,0) NOT NULL,
    fee BIGINT NOT NULL DEFAULT 0,
    paid DECIMAL(20,0) NOT NULL DEFAULT 0,
    charged BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, month)
  ) ${TABLE}`);
  await db.raw(`CREATE TABLE IF NOT EXISTS accrual_progress (
    id TINYINT NOT NULL PRIMARY KEY,
    through ${DAY} NOT NULL,
    after_account_id ${ID} NOT NULL
  ) ${TABLE}`);

  // Interest runs, by the operation that each was requested as. claim: 1 until it's abandoned, so that a month has one run that isn't. next_number: of the first
  // line that isn't posted.
  await db.raw(`CREATE TABLE IF NOT EXISTS interest_runs (
    operation_id ${ID} NOT NULL PRIMARY KEY,
    month ${MONTH} NOT NULL,
    currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    state ${RUN_STATE} NOT NULL,
    line_count INT NOT NULL,
    interest BIGINT NOT NULL,
    overdraft_interest BIGINT NOT NULL,
    fees BIGINT NOT NULL,
    next_number INT NOT NULL,
    claim TINYINT NULL,
    UNIQUE KEY interest_runs_month (currency, month, claim),
    KEY interest_runs_state (state, operation_id)
  ) ${TABLE}`);
  await db.raw(`CREATE TABLE IF NOT EXISTS interest_lines (
    id ${ID} NOT NULL PRIMARY KEY,
    run_id ${ID} NOT NULL,
    number INT NOT NULL,
    account_id ${ID} NOT NULL,
    kind ${LINE_KIND} NOT NULL,
    amount BIGINT NOT NULL,
    status ${LINE_STATUS} NOT NULL,
    reason ${CODE} NULL,
    UNIQUE KEY interest_lines_number (run_id, number)
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

  // Files with payments from other banks, or with returns, by the operation that each was received as. count and total: of everything in the file.
  await db.raw(`CREATE TABLE IF NOT EXISTS payment_files (
    operation_id ${ID} NOT NULL PRIMARY KEY,
    message_id VARCHAR(35) NOT NULL,
    count INT NOT NULL,
    total BIGINT NOT NULL,
    delivery BINARY(32) NULL COMMENT 'of a file from INCOMING_DIRECTORY: its digest, by which it is known if it could not be moved away',
    state ${FILE_STATE} NOT NULL,
    UNIQUE KEY payment_files_delivery (delivery),
    KEY payment_files_state (state, operation_id)
  ) ${TABLE}`);

  // The payments of a file. Once it's posted, each is an operation with its id. account_id: the account that was credited. transfer_id: of a return, the
  // transfer that comes back. resolution_id: the operation that takes it out of suspense, acceptance_id: that posts it although
  // it's a duplicate, each also while that waits for an agent.
  await db.raw(`CREATE TABLE IF NOT EXISTS payment_items (
    id ${ID} NOT NULL PRIMARY KEY,
    file_id ${ID} NOT NULL,
    number INT NOT NULL,
    end_to_end_id VARCHAR(36) NOT NULL,
    amount BIGINT NOT NULL,
    debtor_name VARCHAR(140) NULL,
    debtor_iban ${IBAN} NULL,
    creditor_iban ${IBAN} NULL,
    reference VARCHAR(140) NULL,
    return_reason ${CODE} NULL,
    status ${ITEM_STATUS} NOT NULL,
    account_id ${ID} NULL,
    transfer_id ${ID} NULL,
    reason ${CODE} NULL,
    resolution_id ${ID} NULL,
    acceptance_id ${ID} NULL,
    UNIQUE KEY payment_items_number (file_id, number),
    KEY payment_items_status (status, id),
    KEY payment_items_resolution (resolution_id),
    UNIQUE KEY payment_items_acceptance (acceptance_id)
  ) ${TABLE}`);

  // Digests of what was received, of files and of payments: the primary key prevents it from being received twice.
  await db.raw(`CREATE TABLE IF NOT EXISTS received_payments (
    digest BINARY(32) NOT NULL PRIMARY KEY,
    file_id ${ID} NOT NULL,
    KEY received_payments_file (file_id)
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

  // The batches in which transfers leave for other banks, and what their files say about the bank itself, so that a file is always the same. A settled
  // batch has a transfer with its id from clearing to settlement. created_by: null if the bank created it at its cut-off.
  await db.raw(`CREATE TABLE IF NOT EXISTS payment_batches (
    id ${ID} NOT NULL PRIMARY KEY,
    status ${BATCH_STATUS} NOT NULL,
    currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    count INT NOT NULL,
    total BIGINT NOT NULL,
    execute_on ${DAY} NOT NULL,
    bank_name VARCHAR(140) NOT NULL,
    bank_iban ${IBAN} NOT NULL,
    bank_bic VARCHAR(11) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_by ${ID} NULL,
    created_at DATETIME(3) NOT NULL,
    sent_at DATETIME(3) NULL,
    settled_at DATETIME(3) NULL,
    written_at DATETIME(3) NULL COMMENT 'when its file was put into BATCHES_DIRECTORY',
    KEY payment_batches_status (status, id)
  ) ${TABLE}`);

  // Every posted transfer to another bank. The primary key and the one batch_id keep it from being in two batches. debtor_name: the customer, as the file
  // of its batch names them. A returned transfer keeps its batch.
  await db.raw(`CREATE TABLE IF NOT EXISTS outgoing_transfers (
    operation_id ${ID} NOT NULL PRIMARY KEY,
    currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    state ${OUTGOING_STATE} NOT NULL,
    batch_id ${ID} NULL,
    debtor_name VARCHAR(201) NULL,
    KEY outgoing_transfers_state (state, currency, operation_id),
    KEY outgoing_transfers_batch (batch_id, operation_id)
  ) ${TABLE}`);

  // The days whose cut-off has passed: the primary key lets only one replica create the batch of a day.
  await db.raw(`CREATE TABLE IF NOT EXISTS batch_cut_offs (
    day ${DAY} NOT NULL PRIMARY KEY,
    passed_at DATETIME(3) NOT NULL
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

  // A subscription to kinds of event, by the URL that they are sent to. role: the one in which its owner subscribed. secret and previous_secret are sealed. claimed_by: the process
  // that sends its messages until claimed_until.
  await db.raw(`CREATE TABLE IF NOT EXISTS webhooks (
    id ${ID} NOT NULL PRIMARY KEY,
    owner_id ${ID} NOT NULL,
    role ${CODE} NOT NULL,
    url VARCHAR(2000) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    events VARCHAR(500) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    description VARCHAR(140) NULL,
    status ${WEBHOOK_STATUS} NOT NULL,
    trouble ${WEBHOOK_TROUBLE} NULL,
    secret VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    previous_secret VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NULL,
    previous_until DATETIME(3) NULL,
    failures INT NOT NULL DEFAULT 0,
    failing_since DATETIME(3) NULL,
    retry_at DATETIME(3) NOT NULL,
    death_told TINYINT NOT NULL DEFAULT 0,
    claimed_by ${ID} NULL,
    claimed_until DATETIME(3) NOT NULL DEFAULT '2000-01-01',
    created_at DATETIME(3) NOT NULL,
    KEY webhooks_owner (owner_id, id),
    KEY webhooks_notified (status, role, owner_id),
    KEY webhooks_claimed (claimed_by)
  ) ${TABLE}`);

  // The messages of webhooks, each in the order of their sequence; written in the transaction of what they are about. body: as it was sent first, while the
  // message waits.
  await db.raw(`CREATE TABLE IF NOT EXISTS webhook_deliveries (
    sequence BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    webhook_id ${ID} NOT NULL,
    id ${ID} NOT NULL,
    type ${WEBHOOK_MESSAGE} NOT NULL,
    operation_id ${ID} NULL,
    account_id ${ID} NULL,
    number BIGINT NULL,
    happened_at DATETIME(3) NOT NULL,
    status ${DELIVERY_STATUS} NOT NULL DEFAULT 'waiting',
    body MEDIUMTEXT NULL,
    attempts INT NOT NULL DEFAULT 0,
    last_attempt_at DATETIME(3) NULL,
    response_status SMALLINT NULL,
    response VARCHAR(500) NULL,
    error ${DELIVERY_ERROR} NULL,
    UNIQUE KEY webhook_deliveries_message (webhook_id, id),
    KEY webhook_deliveries_waiting (webhook_id, status, sequence),
    KEY webhook_deliveries_age (status, happened_at)
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
