import { AUTH_SECTIONS, type AuthSection } from '@guichet/contract/personal-data';
import type { Database } from '@guichet/database';
import { SECTIONS } from './sections.ts';
import { readSection, type SectionRow } from './store.ts';

const PAGE = 250;

/** The data that auth holds about a person, one page of one section after another. Each page is a read of its own, without a transaction. */
export async function* readOwnData(
  db: Database,
  userId: string,
  limit = PAGE,
): AsyncGenerator<{ section: AuthSection; items: Record<string, unknown>[] }> {
  for (const section of AUTH_SECTIONS) {
    const { flags = [] } = SECTIONS[section];
    for (let after = '', isLast = false; !isLast; ) {
      const rows = await readSection(db, SECTIONS[section], { userId, after, limit });
      isLast = rows.length < limit;
      after = rows.at(-1)?.position ?? '';
      yield { section, items: rows.map((row) => viewRow(row, flags)) };
    }
  }
}

function viewRow({ position: _, ...row }: SectionRow, flags: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      flags.includes(column) ? value === 1 : shown(value),
    ]),
  );
}

function shown(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'bigint' ? Number(value) : value;
}
