import type { Knex } from 'knex';

const ID = 'CHAR(36) CHARACTER SET ascii COLLATE ascii_bin';
const HASH = 'CHAR(64) CHARACTER SET ascii COLLATE ascii_bin';
const TABLE = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci';

export async function up(db: Knex): Promise<void> {
  await db.raw(`CREATE TABLE IF NOT EXISTS totp_secrets (
    user_id ${ID} NOT NULL PRIMARY KEY,
    secret_sealed VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at DATETIME(3) NOT NULL,
    confirmed_at DATETIME(3) NULL,
    last_step BIGINT NULL,
    CONSTRAINT totp_secrets_user FOREIGN KEY (user_id) REFERENCES users (id)
  ) ${TABLE}`);

  await db.raw(`CREATE TABLE IF NOT EXISTS recovery_codes (
    user_id ${ID} NOT NULL,
    code_hash ${HASH} NOT NULL,
    PRIMARY KEY (user_id, code_hash),
    CONSTRAINT recovery_codes_user FOREIGN KEY (user_id) REFERENCES users (id)
  ) ${TABLE}`);
}

export async function down(): Promise<void> {
  // Nobody loses a second factor by a rollback.
}
