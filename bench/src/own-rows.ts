import { newId, uuidBytes } from '@guichet/database';
import type { Connection } from 'mysql2/promise';

/**
 * A hand-written decision that writes the same rows as the service: one procedure on copies of the bank's tables with all indexes. Compared
 * with the lean tables it separates the cost of the rows from the cost of the service.
 */
const TABLES = ['accounts', 'operations', 'transfers', 'entries', 'outbox'] as const;

const ID = 'BINARY(16)';
const MESSAGE_ID = 'VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin';
const IBAN = 'VARCHAR(34) CHARACTER SET ascii COLLATE ascii_bin';

const PROCEDURE = `CREATE PROCEDURE bare.decide(
    p_operation ${ID}, p_agent ${ID}, p_now DATETIME(3),
    p_log ${MESSAGE_ID}, p_log_payload TEXT, p_mail ${MESSAGE_ID}, p_mail_payload TEXT
  )
  BEGIN
    DECLARE v_from, v_to ${ID};
    DECLARE v_status VARCHAR(40);
    DECLARE v_amount, first_balance, first_count, second_balance, second_count BIGINT;
    DECLARE from_balance, from_count, to_balance, to_count BIGINT;
    DECLARE v_name, v_reference VARCHAR(140);
    DECLARE v_iban, first_iban, second_iban ${IBAN};
    START TRANSACTION;
    SELECT status, amount, account_id, to_account_id, to_name, to_iban, reference
      INTO v_status, v_amount, v_from, v_to, v_name, v_iban, v_reference
      FROM own_rows.operations WHERE id = p_operation FOR UPDATE;
    IF v_status <> 'pending' THEN
      ROLLBACK;
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not pending';
    END IF;
    SELECT balance, entry_count, iban INTO first_balance, first_count, first_iban
      FROM own_rows.accounts WHERE id = LEAST(v_from, v_to) FOR UPDATE;
    SELECT balance, entry_count, iban INTO second_balance, second_count, second_iban
      FROM own_rows.accounts WHERE id = GREATEST(v_from, v_to) FOR UPDATE;
    SET from_balance = IF(v_from < v_to, first_balance, second_balance) - v_amount;
    SET from_count = IF(v_from < v_to, first_count, second_count) + 1;
    SET to_balance = IF(v_from < v_to, second_balance, first_balance) + v_amount;
    SET to_count = IF(v_from < v_to, second_count, first_count) + 1;
    INSERT INTO own_rows.transfers (id, amount, currency, debit_account_id, debit_number, credit_account_id, credit_number, posted_at)
      VALUES (p_operation, v_amount, 'EUR', v_from, from_count, v_to, to_count, p_now);
    INSERT INTO own_rows.entries (transfer_id, account_id, number, type, amount, balance_after,
        counterparty_name, counterparty_iban, reference, posted_at) VALUES
      (p_operation, v_from, from_count, 'external_transfer', -v_amount, from_balance,
        v_name, v_iban, v_reference, p_now),
      (p_operation, v_to, to_count, 'external_transfer', v_amount, to_balance,
        v_name, IF(v_from < v_to, first_iban, second_iban), v_reference, p_now);
    UPDATE own_rows.accounts SET balance = from_balance, held = held - v_amount, entry_count = from_count WHERE id = v_from;
    UPDATE own_rows.accounts SET balance = to_balance, entry_count = to_count WHERE id = v_to;
    UPDATE own_rows.operations SET status = 'posted', decided_at = p_now, approved_by = p_agent WHERE id = p_operation;
    INSERT INTO own_rows.outbox (id, subject, payload) VALUES
      (p_log, 'log.agents.info', p_log_payload), (p_mail, 'mail.operation_decided', p_mail_payload);
    COMMIT;
  END`;

/** Creates copies of the bank's tables, empty except for the accounts. */
export async function createOwnRows(database: Connection): Promise<void> {
  await database.query('CREATE DATABASE own_rows CHARACTER SET utf8mb4');
  for (const table of TABLES) await database.query(`CREATE TABLE own_rows.${table} LIKE ${table}`);
  await database.query('INSERT INTO own_rows.accounts SELECT * FROM accounts');
  await database.query("GRANT ALL ON own_rows.* TO 'bare'@'%'");
  await database.query(PROCEDURE);
}

/** Decides one operation in the copy, with the same events as the bank. */
export async function decideOnOwnRows(connection: Connection, operationId: string): Promise<void> {
  const now = new Date();
  const ids = { agent: AGENT, log: newId(now), mail: newId(now) };
  await connection.execute('CALL decide(?, ?, ?, ?, ?, ?, ?)', [
    uuidBytes(operationId),
    uuidBytes(ids.agent),
    now,
    ids.log,
    JSON.stringify(logEntry(ids, operationId, now)),
    ids.mail,
    JSON.stringify(mail(ids, operationId, now)),
  ]);
}

const AGENT = newId();
const facts = { type: 'external_transfer', status: 'posted', amount: 4_200, currency: 'EUR' };

function logEntry(ids: { log: string; agent: string }, operationId: string, now: Date) {
  return {
    id: ids.log,
    time: now.toISOString(),
    service: 'accounts',
    actor: { id: ids.agent, username: 'agent0', role: 'agent' },
    action: 'TRANSFER_POSTED',
    level: 'INFO',
    subject: { type: 'operation', id: operationId },
    operation_id: operationId,
    concerns: [ids.agent, ids.log],
    correlation_id: ids.log,
    message: 'External transfer posted',
    data: { operation_id: operationId, ...facts, transfer_id: operationId },
  };
}

function mail(ids: { mail: string; agent: string }, operationId: string, now: Date) {
  return {
    id: ids.mail,
    time: now.toISOString(),
    template: 'operation_decided',
    to: { user_id: ids.agent },
    correlation_id: ids.mail,
    data: {
      operation_id: operationId,
      ...facts,
      reason: null,
      account_name: 'Account 4200',
      counterparty: 'Some payee',
    },
  };
}
