/**
 * A hand-written schema for transfers and nothing else: accounts, transfers, entries, and a table of requests for the two-step cases. Short
 * numeric keys, one index, no events, no idempotency: the leanest possible comparison.
 */
export const BARE_TABLES = [
  `CREATE TABLE IF NOT EXISTS accounts (
    id BIGINT NOT NULL PRIMARY KEY,
    balance BIGINT NOT NULL,
    held BIGINT NOT NULL DEFAULT 0
  ) ENGINE=InnoDB`,
  `CREATE TABLE IF NOT EXISTS transfers (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    from_id BIGINT NOT NULL,
    to_id BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
  ) ENGINE=InnoDB`,
  `CREATE TABLE IF NOT EXISTS entries (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    transfer_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    balance_after BIGINT NOT NULL,
    KEY entries_account (account_id, id)
  ) ENGINE=InnoDB`,
  `CREATE TABLE IF NOT EXISTS requests (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    from_id BIGINT NOT NULL,
    to_id BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    status VARCHAR(10) CHARACTER SET ascii NOT NULL DEFAULT 'pending',
    created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    KEY requests_status (status, id)
  ) ENGINE=InnoDB`,
];

// Locked in ascending order, to avoid deadlocks.
const LOCK_BOTH = `
    SELECT balance INTO first_balance FROM accounts WHERE id = LEAST(p_from, p_to) FOR UPDATE;
    SELECT balance INTO second_balance FROM accounts WHERE id = GREATEST(p_from, p_to) FOR UPDATE;
    SET from_balance = IF(p_from < p_to, first_balance, second_balance);
    SET to_balance = IF(p_from < p_to, second_balance, first_balance);`;

const WRITE_TRANSFER = `
    INSERT INTO transfers (from_id, to_id, amount) VALUES (p_from, p_to, p_amount);
    SET t = LAST_INSERT_ID();
    INSERT INTO entries (transfer_id, account_id, amount, balance_after) VALUES
      (t, p_from, -p_amount, from_balance - p_amount), (t, p_to, p_amount, to_balance + p_amount);`;

const DECLARE = 'DECLARE t, first_balance, second_balance, from_balance, to_balance BIGINT;';

export const BARE_PROCEDURES = [
  'DROP PROCEDURE IF EXISTS transfer',
  `CREATE PROCEDURE transfer(p_from BIGINT, p_to BIGINT, p_amount BIGINT)
  BEGIN
    ${DECLARE}
    START TRANSACTION;${LOCK_BOTH}
    IF from_balance < p_amount THEN
      ROLLBACK;
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'insufficient funds';
    END IF;${WRITE_TRANSFER}
    UPDATE accounts SET balance = balance - p_amount WHERE id = p_from;
    UPDATE accounts SET balance = balance + p_amount WHERE id = p_to;
    COMMIT;
  END`,
  'DROP PROCEDURE IF EXISTS hold',
  `CREATE PROCEDURE hold(p_from BIGINT, p_to BIGINT, p_amount BIGINT)
  BEGIN
    DECLARE available BIGINT;
    START TRANSACTION;
    SELECT balance - held INTO available FROM accounts WHERE id = p_from FOR UPDATE;
    IF available < p_amount THEN
      ROLLBACK;
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'insufficient funds';
    END IF;
    INSERT INTO requests (from_id, to_id, amount) VALUES (p_from, p_to, p_amount);
    SELECT LAST_INSERT_ID() AS id;
    UPDATE accounts SET held = held + p_amount WHERE id = p_from;
    COMMIT;
  END`,
  'DROP PROCEDURE IF EXISTS post',
  `CREATE PROCEDURE post(p_request BIGINT)
  BEGIN
    DECLARE p_from, p_to, p_amount BIGINT;
    DECLARE p_status VARCHAR(10);
    ${DECLARE}
    START TRANSACTION;
    SELECT from_id, to_id, amount, status INTO p_from, p_to, p_amount, p_status
      FROM requests WHERE id = p_request FOR UPDATE;
    IF p_status <> 'pending' THEN
      ROLLBACK;
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not pending';
    END IF;${LOCK_BOTH}${WRITE_TRANSFER}
    UPDATE accounts SET balance = balance - p_amount, held = held - p_amount WHERE id = p_from;
    UPDATE accounts SET balance = balance + p_amount WHERE id = p_to;
    UPDATE requests SET status = 'posted' WHERE id = p_request;
    COMMIT;
  END`,
];
