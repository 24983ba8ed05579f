import type { Knex } from 'knex';

const ID = 'CHAR(36) CHARACTER SET ascii COLLATE ascii_bin';
const HASH = 'CHAR(64) CHARACTER SET ascii COLLATE ascii_bin';
const TABLE = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci';

export async function up(db: Knex): Promise<void> {
  await db.raw(`CREATE TABLE IF NOT EXISTS mailed_links (
    token_hash ${HASH} NOT NULL PRIMARY KEY,
    user_id ${ID} NOT NULL,
    purpose VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    email VARCHAR(254) NOT NULL,
    created_at DATETIME(3) NOT NULL,
    expires_at DATETIME(3) NOT NULL,
    KEY mailed_links_of_user (user_id, purpose),
    KEY mailed_links_expired (expires_at),
    CONSTRAINT mailed_links_user FOREIGN KEY (user_id) REFERENCES users (id)
  ) ${TABLE}`);

  // The moments (JSON array of milliseconds) at which mail was asked for, per hash of an address.
  await db.raw(`CREATE TABLE IF NOT EXISTS mail_quotas (
    address_hash ${HASH} NOT NULL PRIMARY KEY,
    moments MEDIUMTEXT NOT NULL,
    last_asked_at DATETIME(3) NOT NULL,
    KEY mail_quotas_age (last_asked_at)
  ) ${TABLE}`);
}

export async function down(): Promise<void> {
  // What was mailed to people must still open.
}
