import type { Operation } from '@guichet/contract/accounts';
import type { LogEntry } from '@guichet/contract/logging';
import { type Reversal, type Step, timelineOf } from './rules.ts';

/** A step of an operation, with what the log has about it. */
export interface StoryStep extends Step {
  /** The time since the step before; null if they happened together, or if either has no time. */
  since: Gap | null;
  /** The sequence of its entry in the log; null if it has none of its own. */
  entry: number | null;
  /** The log should have an entry about it and doesn't: it is behind, or the entry is missing. */
  lacksEntry: 'late' | 'missing' | null;
  /** The code of the rule that refused a decision. */
  refusal: string | null;
  /** The agents who opened the request, and when: a step stands for all of them until something else happened. */
  views: { by: string; at: string }[];
  /** The mails that were queued with it. */
  mails: Mail[];
}

/** A time between two steps; `unit` is a key under `later`. */
interface Gap {
  unit: 'seconds' | 'minutes' | 'hours' | 'days';
  count: number;
}

interface Mail {
  id: string;
  state: 'waiting' | 'sent' | 'failed' | 'discarded' | 'withheld';
  at: string | null;
}

/** The status in the data of the entry of each step. */
const STATUS_OF_STEP: Partial<Record<Step['what'], string>> = {
  requested: 'pending',
  order_payment: 'scheduled',
  approved_first: 'approved',
  rejected: 'rejected',
  posted: 'posted',
  cancelled: 'cancelled',
  expired: 'expired',
  failed: 'expired',
};

const MAIL_STATES: Readonly<Record<string, Mail['state']>> = {
  MAIL_SENT: 'sent',
  MAIL_SENT_AGAIN: 'waiting',
  MAIL_DEAD_LETTERED: 'failed',
  MAIL_DISCARDED: 'discarded',
  MAIL_WITHHELD: 'withheld',
};

/** The log has an entry within a second; after this time, one that isn't there is missing. */
const LATE_MS = 5 * 60_000;
/** Steps within this time happened together. */
const TOGETHER_MS = 1_000;

/**
 * The story of an operation, in order: what accounts knows, which is always up to date, and for staff what the log adds to it. `entries`: those about
 * the operation, oldest first; null while the log is unavailable.
 */
export function tellStory(
  operation: Operation,
  {
    reversal,
    entries,
    isStaff,
    now,
  }: { reversal: Reversal | null; entries: readonly LogEntry[] | null; isStaff: boolean; now: Date },
): StoryStep[] {
  const known = timelineOf(operation, reversal).map((step) => ({
    ...step,
    since: null,
    refusal: null,
    views: [],
    ...ofLog(step, operation, { entries, isStaff, now }),
  }));
  const added = isStaff ? addedSteps(entries ?? []) : [];
  const dated = [...known.filter(({ at }) => at !== null), ...added];
  const ahead = known.filter(({ at }) => at === null);
  // Sorting is stable, so steps of one moment stay in their order.
  const inOrder = dated.toSorted((a, b) => Date.parse(a.at ?? '') - Date.parse(b.at ?? ''));
  return withGaps(joinViews([...inOrder, ...ahead]));
}

/** The log's part of a step: its entry, and the state of its mails. */
function ofLog(
  step: Step,
  operation: Operation,
  { entries, isStaff, now }: { entries: readonly LogEntry[] | null; isStaff: boolean; now: Date },
): Pick<StoryStep, 'entry' | 'lacksEntry' | 'mails'> {
  // An approval that posts has no entry of its own; one that waits for its day has.
  const status =
    step.what === 'approved' && operation.execute_on != null ? 'scheduled' : STATUS_OF_STEP[step.what];
  if (!isStaff || entries === null || status === undefined || step.at === null)
    return { entry: null, lacksEntry: null, mails: [] };
  const entry = entries.find(({ subject, data }) => subject?.id === operation.id && data.status === status);
  if (entry === undefined) {
    const isRecent = now.getTime() - Date.parse(step.at) < LATE_MS;
    return { entry: null, lacksEntry: isRecent ? 'late' : 'missing', mails: [] };
  }
  const ids = Array.isArray(entry.data.mail_ids) ? entry.data.mail_ids : [];
  return { entry: entry.sequence, lacksEntry: null, mails: ids.map((id) => mailIn(entries, String(id))) };
}

/** The last that the log has about a mail. */
function mailIn(entries: readonly LogEntry[], id: string): Mail {
  const last = entries.findLast(
    ({ subject, action }) =>
      subject?.type === 'mail' && subject.id === id && Object.hasOwn(MAIL_STATES, action),
  );
  if (last === undefined) return { id, state: 'waiting', at: null };
  return { id, state: MAIL_STATES[last.action] ?? 'waiting', at: last.time };
}

const ADDED: Readonly<Record<string, Step['what']>> = {
  OPERATION_VIEWED: 'viewed',
  DECISION_REFUSED: 'decision_refused',
  TRANSFER_POSTPONED: 'postponed',
};

/** Steps that only the log knows: agents who opened the request, decisions that the rules refused, and days on which it couldn't be executed. */
function addedSteps(entries: readonly LogEntry[]): StoryStep[] {
  return entries.flatMap((entry) => {
    const { action, actor, time, sequence, data } = entry;
    const what = ADDED[action];
    if (what === undefined) return [];
    const by = actor?.username ?? null;
    return [
      {
        what,
        state: 'noted',
        at: time,
        by,
        note: null,
        href: null,
        refusal: typeof data.code === 'string' ? data.code : null,
        since: null,
        entry: sequence,
        lacksEntry: null,
        views: what === 'viewed' ? [{ by: by ?? '', at: time }] : [],
        mails: [],
      } satisfies StoryStep,
    ];
  });
}

/** Makes one step of views that follow each other, so that many agents don't hide what was decided. */
function joinViews(steps: readonly StoryStep[]): StoryStep[] {
  const joined: StoryStep[] = [];
  for (const step of steps) {
    const last = joined.at(-1);
    if (step.what === 'viewed' && last?.what === 'viewed') {
      last.views.push(...step.views);
      last.entry = null;
    } else joined.push({ ...step, views: [...step.views] });
  }
  return joined;
}

function withGaps(steps: readonly StoryStep[]): StoryStep[] {
  let before: number | null = null;
  return steps.map((step) => {
    if (step.at === null) return step;
    const at = Date.parse(step.at);
    const sinceMs = before === null ? null : at - before;
    before = Date.parse(step.views.at(-1)?.at ?? step.at);
    return { ...step, since: sinceMs !== null && sinceMs >= TOGETHER_MS ? gapOf(sinceMs) : null };
  });
}

/** A time in the largest unit that fits, rounded down. */
function gapOf(ms: number): Gap {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return { unit: 'seconds', count: seconds };
  if (seconds < 3_600) return { unit: 'minutes', count: Math.floor(seconds / 60) };
  if (seconds < 86_400) return { unit: 'hours', count: Math.floor(seconds / 3_600) };
  return { unit: 'days', count: Math.floor(seconds / 86_400) };
}
