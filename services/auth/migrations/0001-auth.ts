import { createLeasesTable, exactCollation, type Knex } from '@guichet/database';
import { createOutboxTables } from '@guichet/outbox';
import { createScheduledJobsTable } from '@guichet/scheduled-jobs';
import { createViewingsTable } from '@guichet/viewings';

const ID = 'CHAR(36) CHARACTER SET ascii COLLATE ascii_bin';
const HASH = 'CHAR(64) CHARACTER SET ascii COLLATE ascii_bin';
const TABLE = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci';

export async function up(db: Knex): Promise<void> {
  const exact = `COLLATE ${await exactCollation(db)}`;
  // refused_mails has the kinds of mail that can be refused, so that the server itself accepts no refusal of mails about security.
  // A decoy is the user of a registration under an email address that was taken: it keeps its username, and no search finds it.
  await db.raw(`CREATE TABLE IF NOT EXISTS users (
    id ${ID} NOT NULL PRIMARY KEY,
    version INT UNSIGNED NOT NULL DEFAULT 1,
    username VARCHAR(40) ${exact} NOT NULL,
    email VARCHAR(254) NULL,
    email_key VARCHAR(254) ${exact} NULL,
    pending_email VARCHAR(254) NULL,
    first_name VARCHAR(100) NULL,
    last_name VARCHAR(100) NULL,
    verified_first_name VARCHAR(100) NULL,
    verified_last_name VARCHAR(100) NULL,
    role VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    status VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    language CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'en',
    refused_mails SET('decisions', 'digest') CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
    mail_secret CHAR(43) CHARACTER SET ascii COLLATE ascii_bin NULL,
    password_hash VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
    totp_enabled TINYINT NOT NULL DEFAULT 0,
    passkeys TINYINT UNSIGNED NOT NULL DEFAULT 0,
    email_confirmed TINYINT NOT NULL DEFAULT 0,
    decoy TINYINT NOT NULL DEFAULT 0,
    invited_at DATETIME(3) NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    UNIQUE KEY users_username (username),
    UNIQUE KEY users_email_key (email_key),
    KEY users_role_status (role, status, id),
    KEY users_decoy (decoy, created_at)
  ) ${TABLE}`);

  await db.raw(`CREATE TABLE IF NOT EXISTS sessions (
    id ${ID} NOT NULL PRIMARY KEY,
    user_id ${ID} NOT NULL,
    created_at DATETIME(3) NOT NULL,
    last_used_at DATETIME(3) NOT NULL,
    expires_at DATETIME(3) NOT NULL,
    user_agent VARCHAR(512) NULL,
    ip VARCHAR(45) NULL,
    device_id ${ID} NULL,
    ended_at DATETIME(3) NULL,
    end_reason VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
    second_factor TINYINT NOT NULL DEFAULT 0,
    KEY sessions_of_user (user_id, ended_at, id),
    KEY sessions_ended (ended_at),
    KEY sessions_expired (expires_at),
    CONSTRAINT sessions_user FOREIGN KEY (user_id) REFERENCES users (id)
  ) ${TABLE}`);

  // The successor is the token pair of the last refresh, sealed; a repeated refresh gets it again for ten seconds.
  await db.raw(`CREATE TABLE IF NOT EXISTS refresh_tokens (
    token_hash ${HASH} NOT NULL PRIMARY KEY,
    session_id ${ID} NOT NULL,
    issued_at DATETIME(3) NOT NULL,
    used_at DATETIME(3) NULL,
    used_by ${ID} NULL,
    successor TEXT NULL,
    KEY refresh_tokens_of_session (session_id),
    KEY refresh_tokens_used (used_at),
    CONSTRAINT refresh_tokens_session FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE
  ) ${TABLE}`);

  // Sessions and personal API tokens whose access tokens are refused until the last one has expired.
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
    refusal_logged TINYINT(1) NOT NULL DEFAULT 0,
    KEY failed_attempts_age (last_failed_at)
  ) ${TABLE}`);

  // Sign-ins with the right password that wait for the code of the second factor.
  await db.raw(`CREATE TABLE IF NOT EXISTS unfinished_sign_ins (
    ticket_hash ${HASH} NOT NULL PRIMARY KEY,
    user_id ${ID} NOT NULL,
    device_id ${ID} NULL,
    failures INT UNSIGNED NOT NULL DEFAULT 0,
    created_at DATETIME(3) NOT NULL,
    expires_at DATETIME(3) NOT NULL,
    KEY unfinished_sign_ins_of_user (user_id),
    KEY unfinished_sign_ins_expired (expires_at),
    CONSTRAINT unfinished_sign_ins_user FOREIGN KEY (user_id) REFERENCES users (id)
  ) ${TABLE}`);

  // Devices that have proved a sign-in with a token. The known devices below are only recognized by their browser and network, for mails.
  await db.raw(`CREATE TABLE IF NOT EXISTS trusted_devices (
    id ${ID} NOT NULL PRIMARY KEY,
    user_id ${ID} NOT NULL,
    token_hash ${HASH} NOT NULL,
    failures INT UNSIGNED NOT NULL DEFAULT 0,
    created_at DATETIME(3) NOT NULL,
    last_used_at DATETIME(3) NOT NULL,
    UNIQUE KEY trusted_devices_token (token_hash),
    KEY trusted_devices_of_user (user_id, last_used_at),
    KEY trusted_devices_unused (last_used_at),
    CONSTRAINT trusted_devices_user FOREIGN KEY (user_id) REFERENCES users (id)
  ) ${TABLE}`);

  await db.raw(`CREATE TABLE IF NOT EXISTS known_devices (
    user_id ${ID} NOT NULL,
    device_hash ${HASH} NOT NULL,
    first_seen_at DATETIME(3) NOT NULL,
    last_seen_at DATETIME(3) NOT NULL,
    PRIMARY KEY (user_id, device_hash),
    CONSTRAINT known_devices_user FOREIGN KEY (user_id) REFERENCES users (id)
  ) ${TABLE}`);

  await db.raw(`CREATE TABLE IF NOT EXISTS signing_keys (
    kid VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    public_jwk TEXT NOT NULL,
    private_sealed TEXT NULL,
    created_at DATETIME(3) NOT NULL,
    signing_since DATETIME(3) NULL,
    needed_until DATETIME(3) NULL,
    KEY signing_keys_state (state)
  ) ${TABLE}`);

  await db.raw(`CREATE TABLE IF NOT EXISTS mailed_links (
    token_hash ${HASH} NOT NULL PRIMARY KEY,
    user_id ${ID} NOT NULL,
    purpose VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    email VARCHAR(254) NOT NULL,
    session_id ${ID} NULL,
    created_at DATETIME(3) NOT NULL,
    expires_at DATETIME(3) NOT NULL,
    KEY mailed_links_of_user (user_id, purpose),
    KEY mailed_links_expired (expires_at),
    CONSTRAINT mailed_links_user FOREIGN KEY (user_id) REFERENCES users (id)
  ) ${TABLE}`);

  // The times (JSON array of milliseconds) at which a quota was used, by the hash of the quota and the address.
  await db.raw(`CREATE TABLE IF NOT EXISTS quotas (
    subject_hash ${HASH} NOT NULL PRIMARY KEY,
    moments MEDIUMTEXT NOT NULL,
    last_used_at DATETIME(3) NOT NULL,
    used_up_logged_at DATETIME(3) NULL,
    KEY quotas_age (last_used_at)
  ) ${TABLE}`);

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

  // Credential ids are in base64url, so their case matters.
  await db.raw(`CREATE TABLE IF NOT EXISTS passkeys (
    id ${ID} NOT NULL PRIMARY KEY,
    user_id ${ID} NOT NULL,
    credential_id VARCHAR(1364) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    public_key VARBINARY(2048) NOT NULL,
    sign_count INT UNSIGNED NOT NULL,
    transports VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    aaguid CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    backup_eligible TINYINT NOT NULL,
    backed_up TINYINT NOT NULL,
    name VARCHAR(60) NOT NULL,
    created_at DATETIME(3) NOT NULL,
    last_used_at DATETIME(3) NULL,
    UNIQUE KEY passkeys_credential (credential_id),
    KEY passkeys_of_user (user_id, id),
    CONSTRAINT passkeys_user FOREIGN KEY (user_id) REFERENCES users (id)
  ) ${TABLE}`);

  // Challenges that passkeys sign. One to sign in has a user only if it is for the second step; one to confirm a payment has the payment.
  await db.raw(`CREATE TABLE IF NOT EXISTS webauthn_challenges (
    id ${ID} NOT NULL PRIMARY KEY,
    challenge_hash ${HASH} NOT NULL,
    purpose VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    user_id ${ID} NULL,
    session_id ${ID} NULL,
    amount BIGINT NULL,
    currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NULL,
    iban VARCHAR(34) CHARACTER SET ascii COLLATE ascii_bin NULL,
    expires_at DATETIME(3) NOT NULL,
    UNIQUE KEY webauthn_challenges_hash (challenge_hash),
    KEY webauthn_challenges_of_user (user_id),
    KEY webauthn_challenges_expired (expires_at),
    CONSTRAINT webauthn_challenges_user FOREIGN KEY (user_id) REFERENCES users (id)
  ) ${TABLE}`);

  // Payments that a passkey has confirmed and that were not requested yet.
  await db.raw(`CREATE TABLE IF NOT EXISTS step_ups (
    token_hash ${HASH} NOT NULL PRIMARY KEY,
    user_id ${ID} NOT NULL,
    session_id ${ID} NOT NULL,
    passkey_id ${ID} NOT NULL,
    amount BIGINT NOT NULL,
    currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    iban VARCHAR(34) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    expires_at DATETIME(3) NOT NULL,
    KEY step_ups_of_user (user_id),
    KEY step_ups_expired (expires_at),
    CONSTRAINT step_ups_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT step_ups_passkey FOREIGN KEY (passkey_id) REFERENCES passkeys (id) ON DELETE CASCADE
  ) ${TABLE}`);

  await db.raw(`CREATE TABLE IF NOT EXISTS api_tokens (
    id ${ID} NOT NULL PRIMARY KEY,
    user_id ${ID} NOT NULL,
    token_hash ${HASH} NOT NULL,
    name VARCHAR(60) NOT NULL,
    scopes VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at DATETIME(3) NOT NULL,
    expires_at DATETIME(3) NOT NULL,
    last_used_at DATETIME(3) NULL,
    revoked_at DATETIME(3) NULL,
    UNIQUE KEY api_tokens_hash (token_hash),
    KEY api_tokens_of_user (user_id, revoked_at, id),
    CONSTRAINT api_tokens_user FOREIGN KEY (user_id) REFERENCES users (id)
  ) ${TABLE}`);

  // What agents note about a customer. The run-time user may not change a row.
  await db.raw(`CREATE TABLE IF NOT EXISTS customer_notes (
    id ${ID} NOT NULL PRIMARY KEY,
    user_id ${ID} NOT NULL,
    author_id ${ID} NOT NULL,
    text VARCHAR(2000) NOT NULL,
    idempotency_key VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
    created_at DATETIME(3) NOT NULL,
    KEY customer_notes_of_user (user_id, id),
    UNIQUE KEY customer_notes_key (author_id, idempotency_key),
    CONSTRAINT customer_notes_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT customer_notes_author FOREIGN KEY (author_id) REFERENCES users (id)
  ) ${TABLE}`);

  // When it was last logged that an employee opened the page of a customer.
  await createViewingsTable(db);
  await createOutboxTables(db);
  await createLeasesTable(db);
  await createScheduledJobsTable(db);
}

export async function down(): Promise<void> {
  throw new Error('auth migrations cannot be undone: restore a backup');
}
