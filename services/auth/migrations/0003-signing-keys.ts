import type { Knex } from 'knex';

export async function up(db: Knex): Promise<void> {
  await db.raw(`CREATE TABLE IF NOT EXISTS signing_keys (
    kid VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    public_jwk TEXT NOT NULL,
    private_sealed TEXT NULL,
    created_at DATETIME(3) NOT NULL,
    signing_since DATETIME(3) NULL,
    needed_until DATETIME(3) NULL,
    KEY signing_keys_state (state)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
}

export async function down(): Promise<void> {
  // Without its keys no token of the bank could be verified.
}
