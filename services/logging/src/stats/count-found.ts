import { DECISION_ACTIONS } from '@guichet/contract/events';
import type { LogGroup } from '@guichet/contract/logging';
import type { Transaction } from '@guichet/database';
import type { LogFilter } from '../entries/filter.ts';
import type { StoredEntry } from '../entries/store.ts';
import { findMatches } from '../search/find-matches.ts';
import type { SearchPlan } from '../search/plan-search.ts';
import type { SequenceRange } from '../search/rules.ts';
import type { KindCount, NamedSlot, SlotCount } from './rules.ts';

/** Counts of entries that a search found one by one. */
export interface FoundCounts {
  readonly kinds: readonly KindCount[];
  readonly slots: readonly SlotCount[];
  /** By what the entries are grouped by, if that is a name. */
  readonly named: readonly NamedSlot[];
}

/** Counts the entries of `findMatches`; no more of them than a page are held at once. */
export async function countFound(
  trx: Transaction,
  filter: LogFilter,
  plan: SearchPlan,
  { whole, slotMinutes, group }: { whole: SequenceRange; slotMinutes: number; group: LogGroup | undefined },
): Promise<FoundCounts> {
  const slotMs = slotMinutes * 60_000;
  const kinds = new Map<string, Mutable<KindCount>>();
  const slots = new Map<string, Mutable<SlotCount>>();
  const named = new Map<string, Mutable<NamedSlot>>();
  const bounds = { after: whole.first - 1n, before: whole.last + 1n, order: 'oldest first' as const };
  for await (const entries of findMatches(trx, filter, plan, bounds)) {
    for (const entry of entries) {
      const { level, action, service } = entry;
      const slotStart = new Date(Math.floor(entry.time.getTime() / slotMs) * slotMs);
      add(kinds, `${level} ${action} ${service}`, { level, action, service, count: 0 });
      add(slots, `${slotStart.getTime()} ${level}`, { slotStart, level, count: 0 });
      const name = group === undefined ? null : nameIn(entry, group);
      // Only decisions are shown over time.
      const namedStart = group === 'decision' ? slotStart : new Date(0);
      if (name !== null)
        add(named, `${namedStart.getTime()} ${name}`, { slotStart: namedStart, name, count: 0 });
    }
  }
  return {
    kinds: [...kinds.values()],
    slots: [...slots.values()].sort((a, b) => a.slotStart.getTime() - b.slotStart.getTime()),
    named: [...named.values()],
  };
}

type Mutable<Counted> = { -readonly [Field in keyof Counted]: Counted[Field] };

function add<Counted extends { count: number }>(
  counts: Map<string, Counted>,
  key: string,
  none: Counted,
): void {
  const count = counts.get(key) ?? none;
  count.count += 1;
  counts.set(key, count);
}

function nameIn({ action, actor, address }: StoredEntry, group: LogGroup): string | null {
  if (group === 'actor') return actor?.id ?? null;
  if (group === 'address') return address;
  return group === 'decision' && actor?.role === 'agent' && DECISION_ACTIONS.includes(action)
    ? actor.id
    : null;
}
