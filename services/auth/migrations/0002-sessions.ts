import type { Knex } from 'knex';

const ID = 'CHAR(36) CHARACTER SET ascii COLLATE ascii_bin';
const HASH = 'CHAR(64) CHARACTER SET ascii COLLATE ascii_bin';
const TABLE = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci';

export async function up(db: Knex): Promise<void> {
  await db.raw(`CREATE TABLE IF NOT EXISTS sessions (
    id ${ID} NOT NULL PRIMARY KEY,
    user_id ${ID} NOT NULL,
    created_at DATETIME(3) NOT NULL,
    last_used_at DATETIME(3) NOT NULL,
    expires_at DATETIME(3) NOT NULL,
    user_agent VARCHAR(512) NULL,
    ip VARCHAR(45) NULL,
    ended_at DATETIME(3) NULL,
    end_reason VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
    KEY sessions_of_user (user_id, ended_at, id),
    KEY sessions_ended (ended_at),
    KEY sessions_expired (expires_at),
    CONSTRAINT sessions_user FOREIGN KEY (user_id) REFERENCES users (id)
  ) ${TABLE}`);

  // The successor is the pair that was answered, sealed, for the seconds in which it may be asked for again.
  await db.raw(`CREATE TABLE IF NOT EXISTS refresh_tokens (
    token_hash ${HASH} NOT NULL PRIMARY KEY,
    session_id ${ID} NOT NULL,
    issued_at DATETIME(3) NOT NULL,
    used_at DATETIME(3) NULL,
    successor TEXT NULL,
    KEY refresh_tokens_of_session (session_id),
    KEY refresh_tokens_used (used_at),
    CONSTRAINT refresh_tokens_session FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE
  ) ${TABLE}`);

  // Sessions, and personal API tokens, whose access tokens are refused until the last would have expired.
  await db.raw(`CREATE TABLE IF NOT EXISTS revocations (
    session_id ${ID} NOT NULL PRIMARY KEY,
    until DATETIME(3) NOT NULL,
    KEY revocations_until (until)
  ) ${TABLE}`);

  await db.raw(`CREATE TABLE IF NOT EXISTS failed_attempts (
    name_hash ${HASH} NOT NULL PRIMARY KEY,
    failures INT UNSIGNED NOT NULL,
    last_failed_at DATETIME(3) NOT NULL,
    locked_until DATETIME(3) NULL,
    KEY failed_attempts_age (last_failed_at)
  ) ${TABLE}`);

  await db.raw(`CREATE TABLE IF NOT EXISTS known_devices (
    user_id ${ID} NOT NULL,
    device_hash ${HASH} NOT NULL,
    first_seen_at DATETIME(3) NOT NULL,
    last_seen_at DATETIME(3) NOT NULL,
    PRIMARY KEY (user_id, device_hash),
    CONSTRAINT known_devices_user FOREIGN KEY (user_id) REFERENCES users (id)
  ) ${TABLE}`);
}

export async function down(): Promise<void> {
  // Sessions are never thrown away by a rollback.
}
