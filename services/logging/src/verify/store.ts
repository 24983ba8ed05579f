import type { Database } from '@guichet/database';

/** The newest sequence that a row holds, and the head of the chain, at one moment. */
export async function readEnd(db: Database): Promise<{ newest: bigint; sequence: bigint; hash: Buffer }> {
  const [[row]] = await db.raw(
    `SELECT sequence, hash, GREATEST(
       COALESCE((SELECT MAX(sequence) FROM log_entries), 0), COALESCE((SELECT MAX(sequence) FROM log_concerns), 0)
     ) AS newest FROM log_chain WHERE name = 'head'`,
  );
  if (row === undefined) throw new Error('the chain has no head: the schema is not migrated');
  return { newest: BigInt(row.newest), sequence: BigInt(row.sequence), hash: row.hash };
}

/** Who finds each entry after one sequence, up to and with another: user ids, and whether they are its actor or subject. */
export async function readReaders(
  db: Database,
  after: bigint,
  upTo: bigint,
): Promise<Map<bigint, Map<string, { named: boolean }>>> {
  const rows: { sequence: bigint; user_id: string; named: number }[] = await db('log_concerns')
    .whereBetween('sequence', [String(after + 1n), String(upTo)])
    .select('sequence', 'user_id', 'named');
  const readers = new Map<bigint, Map<string, { named: boolean }>>();
  for (const { sequence, user_id, named } of rows) {
    const ofEntry = readers.get(BigInt(sequence)) ?? new Map();
    readers.set(BigInt(sequence), ofEntry.set(user_id, { named: Boolean(named) }));
  }
  return readers;
}

/** The run of sequences that each of these hours claims, by the hour's number since 1970; hours of which nothing is known are missing. */
export async function readHours(
  db: Database,
  hours: readonly number[],
): Promise<Map<number, { first: bigint; last: bigint }>> {
  const rows: { hour: Date; first_sequence: bigint; last_sequence: bigint }[] = await db('log_hours')
    .whereIn(
      'hour',
      hours.map((hour) => new Date(hour * 3_600_000)),
    )
    .select('hour', 'first_sequence', 'last_sequence');
  return new Map(
    rows.map(({ hour, first_sequence, last_sequence }) => [
      hour.getTime() / 3_600_000,
      { first: BigInt(first_sequence), last: BigInt(last_sequence) },
    ]),
  );
}
