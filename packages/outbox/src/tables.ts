import type { Knex } from '@guichet/database';

/** Creates the outbox of a service's schema; for its first migration. Safe to run again. The relay also needs the leases table. */
export async function createOutboxTables(db: Knex): Promise<void> {
  await db.raw(`CREATE TABLE IF NOT EXISTS outbox (
    sequence BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subject VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    payload MEDIUMTEXT NOT NULL,
    events INT NOT NULL DEFAULT 1,
    family VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'log',
    created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    published_at DATETIME(3) NULL,
    KEY outbox_waiting (published_at, family, sequence)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
  await db.raw(`CREATE TABLE IF NOT EXISTS outbox_dead_letters (
    letter BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    sequence BIGINT UNSIGNED NOT NULL COMMENT 'of its row in the outbox',
    subject VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    payload MEDIUMTEXT NOT NULL,
    reason VARCHAR(500) NOT NULL,
    refused_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    UNIQUE KEY outbox_dead_letters_message (id, sequence)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
}
