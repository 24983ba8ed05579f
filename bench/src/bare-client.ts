import { type Connection, createConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';
import type { Call } from './closed-loop.ts';
import { decideOnOwnRows } from './own-rows.ts';

export interface BareTarget {
  port: number;
  user: string;
  password: string;
  database: string;
}

/** Which accounts a case's transfers go between: any two, or all to one. */
export type Spread = 'uniform' | 'hot';

export const BARE_CASES = ['a', 'b', 'br', 'b2', 'b3'] as const;
export type BareCase = (typeof BARE_CASES)[number];

const BATCH = 256;

interface Transfer {
  from: number;
  to: number;
  amount: number;
}

/** The calls of bare clients, each with its own connection. */
export async function openBareCalls(
  name: BareCase,
  target: BareTarget,
  options: { connections: number; accounts: number; spread: Spread; operationIds: string[] },
): Promise<{ calls: Call[]; close(): Promise<void> }> {
  const connections = await Promise.all(
    Array.from({ length: options.connections }, () =>
      createConnection({ host: '127.0.0.1', timezone: 'Z', ...target }),
    ),
  );
  const next = (): Transfer => {
    const to = options.spread === 'hot' ? 1 : 1 + Math.floor(Math.random() * options.accounts);
    let from = to;
    while (from === to) from = 1 + Math.floor(Math.random() * options.accounts);
    return { from, to, amount: 1 + Math.floor(Math.random() * 100) };
  };
  return {
    calls: connections.map((connection) =>
      name === 'br'
        ? () => decideNext(connection, options.operationIds)
        : () => retryOnDeadlock(() => WORK[name](connection, next)),
    ),
    close: async () => {
      await Promise.all(connections.map((connection) => connection.end()));
    },
  };
}

/** A hand-written client retries its transaction after a deadlock; the time counts as its own. */
async function retryOnDeadlock(work: () => Promise<number>): Promise<number> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (![1213, 1205].includes((error as { errno?: number }).errno ?? 0)) throw error;
    }
  }
}

async function decideNext(connection: Connection, operationIds: string[]): Promise<number | null> {
  const id = operationIds.pop();
  if (id === undefined) return null;
  return retryOnDeadlock(async () => {
    await decideOnOwnRows(connection, id);
    return 1;
  });
}

const WORK: Readonly<
  Record<Exclude<BareCase, 'br'>, (connection: Connection, next: () => Transfer) => Promise<number>>
> = {
  a: interactive,
  async b(connection, next) {
    const { from, to, amount } = next();
    await connection.execute('CALL transfer(?, ?, ?)', [from, to, amount]);
    return 1;
  },
  async b2(connection, next) {
    const { from, to, amount } = next();
    const [result] = await connection.execute<[RowDataPacket[], ResultSetHeader]>('CALL hold(?, ?, ?)', [
      from,
      to,
      amount,
    ]);
    await connection.execute('CALL post(?)', [result[0][0]?.id]);
    return 1;
  },
  b3: readyBatch,
};

/** Eight statements: begin, lock, transfer, two entries, two balances, commit. */
async function interactive(connection: Connection, next: () => Transfer): Promise<number> {
  const { from, to, amount } = next();
  await connection.query('START TRANSACTION');
  try {
    const [rows] = await connection.execute<RowDataPacket[]>(
      'SELECT id, balance FROM accounts WHERE id IN (?, ?) ORDER BY id FOR UPDATE',
      [from, to],
    );
    const balance = new Map(rows.map((row) => [row.id, row.balance]));
    if (balance.get(from) < amount) throw new Error('insufficient funds');
    const [transfer] = await connection.execute<ResultSetHeader>(
      'INSERT INTO transfers (from_id, to_id, amount) VALUES (?, ?, ?)',
      [from, to, amount],
    );
    const entry = 'INSERT INTO entries (transfer_id, account_id, amount, balance_after) VALUES (?, ?, ?, ?)';
    await connection.execute(entry, [transfer.insertId, from, -amount, balance.get(from) - amount]);
    await connection.execute(entry, [transfer.insertId, to, amount, balance.get(to) + amount]);
    await connection.execute('UPDATE accounts SET balance = balance - ? WHERE id = ?', [amount, from]);
    await connection.execute('UPDATE accounts SET balance = balance + ? WHERE id = ?', [amount, to]);
    await connection.query('COMMIT');
  } catch (error) {
    await connection.query('ROLLBACK');
    throw error;
  }
  return 1;
}

/** 256 transfers that are known in advance, in one transaction of five statements with many rows each. */
async function readyBatch(connection: Connection, next: () => Transfer): Promise<number> {
  const batch = Array.from({ length: BATCH }, next);
  const ids = [...new Set(batch.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  await connection.query('START TRANSACTION');
  try {
    const [rows] = await connection.query<RowDataPacket[]>(
      `SELECT id, balance FROM accounts WHERE id IN (${ids.join(',')}) ORDER BY id FOR UPDATE`,
    );
    const balance = new Map<number, number>(rows.map((row) => [row.id, row.balance]));
    const transfers = batch.map(({ from, to, amount }) => `(${from},${to},${amount})`);
    const [inserted] = await connection.query<ResultSetHeader>(
      `INSERT INTO transfers (from_id, to_id, amount) VALUES ${transfers.join(',')}`,
    );
    const entries: string[] = [];
    const enter = (transferId: number, id: number, amount: number) => {
      const after = (balance.get(id) ?? 0) + amount;
      balance.set(id, after);
      entries.push(`(${transferId},${id},${amount},${after})`);
    };
    batch.forEach(({ from, to, amount }, index) => {
      enter(inserted.insertId + index, from, -amount);
      enter(inserted.insertId + index, to, amount);
    });
    await connection.query(
      `INSERT INTO entries (transfer_id, account_id, amount, balance_after) VALUES ${entries.join(',')}`,
    );
    const cases = ids.map((id) => `WHEN ${id} THEN ${balance.get(id)}`).join(' ');
    await connection.query(
      `UPDATE accounts SET balance = CASE id ${cases} END WHERE id IN (${ids.join(',')})`,
    );
    await connection.query('COMMIT');
  } catch (error) {
    await connection.query('ROLLBACK');
    throw error;
  }
  return BATCH;
}
