import type { Knex } from 'knex';

const ID = 'CHAR(36) CHARACTER SET ascii COLLATE ascii_bin';
const TABLE = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci';

export async function up(db: Knex): Promise<void> {
  // A phantom answers for a registration under an e-mail that was taken: it keeps its username, and nobody finds it.
  await db.raw(`CREATE TABLE IF NOT EXISTS users (
    id ${ID} NOT NULL PRIMARY KEY,
    version INT UNSIGNED NOT NULL DEFAULT 1,
    username VARCHAR(40) COLLATE utf8mb4_bin NOT NULL,
    email VARCHAR(254) NULL,
    email_key VARCHAR(254) COLLATE utf8mb4_bin NULL,
    pending_email VARCHAR(254) NULL,
    first_name VARCHAR(100) NULL,
    last_name VARCHAR(100) NULL,
    role VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    status VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    language CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'en',
    password_hash VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
    totp_enabled TINYINT NOT NULL DEFAULT 0,
    phantom TINYINT NOT NULL DEFAULT 0,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    UNIQUE KEY users_username (username),
    UNIQUE KEY users_email_key (email_key),
    KEY users_role_status (role, status, id),
    KEY users_phantom (phantom, created_at)
  ) ${TABLE}`);

  // One row per job that only one replica may do at a time; its row is locked while it does.
  await db.raw(`CREATE TABLE IF NOT EXISTS locks (
    name VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    taken_at DATETIME(3) NULL
  ) ${TABLE}`);
  await db.raw(`INSERT IGNORE INTO locks (name) VALUES ('first_superuser'), ('signing_keys')`);
}

export async function down(): Promise<void> {
  // Users are never thrown away by a rollback.
}
