import type { Role } from '@guichet/contract';
import type { LogEntry } from '@guichet/contract/logging';
import type { PersonalDataPage } from '@guichet/contract/personal-data';
import type { Database } from '@guichet/database';
import { ALL_ENTRIES } from '../entries/filter.ts';
import { listEntries } from '../entries/list-entries.ts';

/** Small enough that neither this service nor auth holds much of an export at once. */
const PAGE = 250;

/**
 * A page of the entries about a person that they may read as a member, newest first: staff read all of the log, but most of it isn't about them. What a
 * member of the staff did to others is theirs only as the fact that they did it, so the rest of such an entry is left out.
 */
export async function readPersonalData(
  db: Database,
  userId: string,
  { role, cursor }: { role: Role; cursor?: string | undefined },
  limit = PAGE,
): Promise<PersonalDataPage> {
  const { items, next } = await listEntries(db, { ...ALL_ENTRIES, visibleTo: userId }, { limit, cursor });
  const shown = role === 'member' ? items : items.map((entry) => withoutOthers(entry, userId));
  return { section: 'log', items: shown, next };
}

/** The entries that are the staff's own in the log, besides their user. */
const OWN_SUBJECTS: readonly string[] = ['session', 'api_token', 'passkey'];

function withoutOthers(entry: LogEntry, userId: string): Record<string, unknown> {
  const { subject } = entry;
  const isOwn =
    subject?.type === 'user'
      ? subject.id === userId
      : subject === null || OWN_SUBJECTS.includes(subject.type);
  if (isOwn) return { ...entry };
  const actor = entry.actor?.id === userId ? entry.actor : null;
  return { ...entry, actor, message: null, data: null };
}
