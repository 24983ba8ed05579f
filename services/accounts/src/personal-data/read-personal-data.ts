import {
  ACCOUNTS_SECTIONS,
  type AccountsSection,
  type PersonalDataPage,
} from '@guichet/contract/personal-data';
import { readCursor, toCursor } from '@guichet/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { type Position, SECTIONS } from './sections.ts';

/** Small enough that neither this service nor auth holds much of an export at once. */
const PAGE = 250;

/** The section, and the position in it; without one, its beginning. */
const Cursor = z.tuple([z.enum(ACCOUNTS_SECTIONS)], z.union([z.string(), z.int()]));

/**
 * A page of what this service holds about a person, in the order of the sections. Each page is a read of its own, so that a slow download holds no
 * connection and no snapshot: what changes meanwhile may be in the export or not.
 */
export async function readPersonalData(
  deps: Deps,
  userId: string,
  cursor: string | undefined,
  limit = PAGE,
): Promise<PersonalDataPage> {
  const [section, after] = cursor === undefined ? [first, null] : readPosition(cursor);
  const { items, next } = await SECTIONS[section](deps, userId, after, limit);
  const following = ACCOUNTS_SECTIONS[ACCOUNTS_SECTIONS.indexOf(section) + 1];
  return { section, items, next: cursorOf(section, next, following) };
}

const [first] = ACCOUNTS_SECTIONS as [AccountsSection, ...AccountsSection[]];

function cursorOf(
  section: AccountsSection,
  next: Position | null,
  following: AccountsSection | undefined,
): string | null {
  if (next !== null) return toCursor([section, ...next]);
  return following === undefined ? null : toCursor([following]);
}

function readPosition(cursor: string): [AccountsSection, Position | null] {
  const [section, ...position] = readCursor(cursor, Cursor);
  return [section, position.length === 0 ? null : position];
}
