import { createLeasesTable, type Knex } from '@guichet/database';
import { createDeadLettersTable } from '@guichet/dead-letters';
import { createScheduledJobsTable } from '@guichet/scheduled-jobs';

const ID = 'CHAR(36) CHARACTER SET ascii COLLATE ascii_bin';
const WORD = (length: number) => `VARCHAR(${length}) CHARACTER SET ascii COLLATE ascii_bin`;

/** `addMonths` splits the months off, and needs the table to end with this partition. */
const BY_MONTH = 'PARTITION BY RANGE (sequence) (PARTITION future VALUES LESS THAN MAXVALUE)';

/**
 * The log: entries in one chain, and the tables that find them. Each step can run again, because DDL is not transactional.
 * A unique key of a partitioned table must contain `sequence`, so no key keeps an id from being stored twice: `storeEvents` does. InnoDB appends the primary key to every secondary key, so `(action)` also returns the entries of an action by sequence.
 */
export async function up(db: Knex): Promise<void> {
  await db.raw(`CREATE TABLE IF NOT EXISTS log_entries (
    sequence BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    id ${ID} NOT NULL,
    time DATETIME(3) NOT NULL,
    level ${WORD(7)} NOT NULL,
    service ${WORD(40)} NOT NULL,
    action ${WORD(64)} NOT NULL,
    family ${WORD(16)} NULL,
    address ${WORD(64)} NULL COMMENT 'where a failed sign-in came from',
    actor_id ${ID} NULL,
    actor_role ${WORD(16)} NULL,
    subject_type ${WORD(40)} NULL,
    subject_id ${WORD(80)} NULL,
    operation_id ${ID} NULL,
    concerns MEDIUMTEXT NOT NULL,
    correlation_id ${WORD(64)} NULL,
    trace_id CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
    message TEXT NOT NULL COMMENT 'with U+FFFC in place of names',
    data MEDIUMTEXT NOT NULL,
    personal MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'what it says about persons, sealed for each of them',
    hash BINARY(32) NOT NULL,
    KEY log_entries_id (id),
    KEY log_entries_action (action),
    KEY log_entries_family (family),
    KEY log_entries_level (level),
    KEY log_entries_service (service),
    KEY log_entries_address (address),
    KEY log_entries_operation (operation_id),
    KEY log_entries_correlation (correlation_id),
    KEY log_entries_trace (trace_id),
    KEY log_entries_counts (time, level, service, action, family)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ${BY_MONTH}`);

  await db.raw(`CREATE TABLE IF NOT EXISTS person_keys (
    user_id ${ID} NOT NULL PRIMARY KEY,
    seal_key BINARY(32) NULL COMMENT 'null: the person was forgotten',
    destroyed_at DATETIME(3) NULL
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);

  await db.raw(`CREATE TABLE IF NOT EXISTS log_concerns (
    user_id ${ID} NOT NULL,
    sequence BIGINT UNSIGNED NOT NULL,
    named BOOLEAN NOT NULL COMMENT 'the user is its actor or its subject',
    may_read BOOLEAN NOT NULL COMMENT 'the user may read it as a member',
    PRIMARY KEY (user_id, sequence),
    KEY log_concerns_sequence (sequence)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ${BY_MONTH}`);

  await db.raw(`CREATE TABLE IF NOT EXISTS log_months (
    month ${WORD(7)} NOT NULL PRIMARY KEY COMMENT 'YYYY-MM in UTC: when its entries were stored',
    first_sequence BIGINT UNSIGNED NOT NULL,
    exported_at DATETIME(3) NULL
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);

  await db.raw(`CREATE TABLE IF NOT EXISTS log_dropped_months (
    month ${WORD(7)} NOT NULL PRIMARY KEY,
    previous_sequence BIGINT UNSIGNED NOT NULL COMMENT 'the entry before the month',
    previous_hash BINARY(32) NOT NULL,
    last_sequence BIGINT UNSIGNED NOT NULL COMMENT 'the last entry of the month: the chain begins after it',
    last_hash BINARY(32) NOT NULL,
    entries BIGINT UNSIGNED NOT NULL,
    time DATETIME(3) NOT NULL,
    key_id ${WORD(43)} NOT NULL,
    signature BINARY(64) NOT NULL
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);

  await db.raw(`CREATE TABLE IF NOT EXISTS log_chain (
    name ${WORD(8)} NOT NULL PRIMARY KEY,
    sequence BIGINT UNSIGNED NOT NULL,
    hash BINARY(32) NOT NULL
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
  await db.raw(`INSERT IGNORE INTO log_chain (name, sequence, hash) VALUES ('head', 0, REPEAT(CHAR(0), 32))`);

  await db.raw(`CREATE TABLE IF NOT EXISTS log_checkpoints (
    sequence BIGINT UNSIGNED NOT NULL,
    signature BINARY(64) NOT NULL,
    hash BINARY(32) NOT NULL,
    time DATETIME(3) NOT NULL,
    key_id ${WORD(43)} NOT NULL,
    PRIMARY KEY (sequence, signature)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);

  await db.raw(`CREATE TABLE IF NOT EXISTS log_hours (
    hour DATETIME NOT NULL PRIMARY KEY,
    first_sequence BIGINT UNSIGNED NOT NULL,
    last_sequence BIGINT UNSIGNED NOT NULL
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);

  await db.raw(`CREATE TABLE IF NOT EXISTS log_counts (
    hour DATETIME NOT NULL,
    level ${WORD(7)} NOT NULL,
    service ${WORD(40)} NOT NULL,
    action ${WORD(64)} NOT NULL,
    family ${WORD(16)} NULL,
    quarter_1 INT UNSIGNED NOT NULL COMMENT 'entries of the first quarter of the hour',
    quarter_2 INT UNSIGNED NOT NULL,
    quarter_3 INT UNSIGNED NOT NULL,
    quarter_4 INT UNSIGNED NOT NULL,
    PRIMARY KEY (hour, level, service, action)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);

  await db.raw(`CREATE TABLE IF NOT EXISTS log_group_counts (
    kind ${WORD(16)} NOT NULL COMMENT 'decision: by agent; failed_sign_in: by network address',
    hour DATETIME NOT NULL,
    name ${WORD(64)} NOT NULL,
    quarter_1 INT UNSIGNED NOT NULL,
    quarter_2 INT UNSIGNED NOT NULL,
    quarter_3 INT UNSIGNED NOT NULL,
    quarter_4 INT UNSIGNED NOT NULL,
    PRIMARY KEY (kind, hour, name)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);

  await db.raw(`CREATE TABLE IF NOT EXISTS log_actor_counts (
    block BIGINT UNSIGNED NOT NULL PRIMARY KEY COMMENT 'sequence DIV 512',
    first_time DATETIME(3) NOT NULL,
    last_time DATETIME(3) NOT NULL,
    counts MEDIUMBLOB NOT NULL COMMENT 'numbers of its entries by kind and actor'
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);

  await db.raw(`CREATE TABLE IF NOT EXISTS log_words (
    block BIGINT UNSIGNED NOT NULL PRIMARY KEY COMMENT 'sequence DIV 64',
    words MEDIUMBLOB NOT NULL COMMENT 'the distinct words of its entries and marks of their ids, by the entries that have them'
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);

  await db.raw(`CREATE TABLE IF NOT EXISTS person_words (
    month BIGINT UNSIGNED NOT NULL COMMENT 'sequence DIV the sequences of a month',
    user_id ${ID} NOT NULL,
    words MEDIUMBLOB NOT NULL COMMENT 'the distinct words of what the entries of the month say about the person',
    PRIMARY KEY (month, user_id),
    KEY person_words_user (user_id)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);

  await createDeadLettersTable(db);

  await db.raw(`CREATE TABLE IF NOT EXISTS people (
    id ${ID} NOT NULL PRIMARY KEY,
    username VARCHAR(64) NULL,
    version BIGINT NOT NULL,
    KEY people_username (username)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);

  for (const table of ['log_entries', 'log_concerns', 'log_checkpoints', 'log_dropped_months']) {
    for (const verb of ['UPDATE', 'DELETE']) {
      await db.raw(`CREATE TRIGGER IF NOT EXISTS ${table}_no_${verb.toLowerCase()} BEFORE ${verb} ON ${table} FOR EACH ROW
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the log is append-only'`);
    }
  }

  await createScheduledJobsTable(db);
  await createLeasesTable(db);
}

export async function down(): Promise<void> {
  throw new Error('logging migrations cannot be undone: restore a backup');
}
