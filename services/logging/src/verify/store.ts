import type { Database } from '@guichet/database';

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
