import { randomUUID } from 'node:crypto';
import { SubjectChangedError } from '@guichet/events';
import type { Log } from '@guichet/log';
import { type Clock, sleep } from '@guichet/time';
import type { MailRecord, StoredRecord } from './mail-record.ts';
import type { MailRecords } from './mail-records.ts';

/** The next step for a mail. `isKnown`: it has a record, so it's certain that it was not sent. */
type MailStatus =
  | { readonly is: 'free'; readonly isKnown: boolean; readonly after: number }
  | { readonly is: 'sent'; readonly record: StoredRecord }
  | { readonly is: 'uncertain' }
  | { readonly is: 'busy' };

/** One attempt to send a mail. */
interface Attempt {
  /**
   * Claims the mail, at the last moment before its content is sent. Called again, for another connection, it only checks that the claim is still fresh.
   * @throws Error if nothing may be sent
   */
  take(): Promise<void>;
  /** Why `take` failed, in which case nothing was sent. */
  readonly failure: Error | null;
  /** Whether the mail was claimed. */
  readonly isHeld: boolean;
  /** Records how the attempt ended, for as long as NATS is down. */
  settle(state: 'sent' | 'released' | 'uncertain'): Promise<StoredRecord>;
}

export interface Claims {
  statusOf(mailId: string): Promise<MailStatus>;
  begin(mailId: string, after: number): Attempt;
}

/** A claim that is older sends nothing: its process was frozen, and another one may have given the mail up. */
const CLAIM_VALID_MS = 10_000;
/** Longer than a claim is valid and the mail server may take to reply. */
const UNSETTLED_AFTER_MS = 150_000;
const REMEMBERED = 10_000;

/**
 * Lets one process at a time send a mail, and none after it was sent. A claim that neither ends nor changes while this process watches it for
 * `unsettledAfterMs` belongs to a process that crashed or is frozen: the mail is then uncertain. The time that passes is measured here, because
 * the clocks of two machines differ.
 */
export function createClaims(options: {
  records: MailRecords;
  clock: Clock;
  log: Log;
  stopping: AbortSignal;
  validMs?: number;
  unsettledAfterMs?: number;
}): Claims {
  const { records, clock, log, stopping } = options;
  const { validMs = CLAIM_VALID_MS, unsettledAfterMs = UNSETTLED_AFTER_MS } = options;
  /** Claims of this process with which nothing was sent; each may be stored or not. */
  const abandoned = new Map<string, true>();
  /** Since when this process has seen an unsettled claim. */
  const watched = new Map<string, { sequence: number; since: number }>();
  const recordOf = (state: MailRecord['state'], claim: string): MailRecord => ({
    state,
    claim,
    at: clock().toISOString(),
  });

  async function statusOf(mailId: string): Promise<MailStatus> {
    const record = await records.find(mailId);
    if (record === null) return { is: 'free', isKnown: false, after: 0 };
    const { state, claim, sequence } = record;
    if (state === 'released' || (state === 'claimed' && abandoned.has(claim)))
      return { is: 'free', isKnown: true, after: sequence };
    if (state === 'sent') return { is: 'sent', record };
    if (state === 'uncertain') return { is: 'uncertain' };
    const seen = watched.get(mailId);
    if (seen?.sequence !== sequence) {
      remember(watched, mailId, { sequence, since: performance.now() });
      return { is: 'busy' };
    }
    if (performance.now() - seen.since < unsettledAfterMs) return { is: 'busy' };
    await records.write(mailId, recordOf('uncertain', claim), sequence);
    watched.delete(mailId);
    return { is: 'uncertain' };
  }

  function begin(mailId: string, after: number): Attempt {
    const claim = randomUUID();
    let claiming: Promise<StoredRecord> | null = null;
    let held: StoredRecord | null = null;
    let failure: Error | null = null;
    let began = { monotonic: 0, wall: 0 };

    async function take(): Promise<void> {
      try {
        if (claiming === null) {
          began = { monotonic: performance.now(), wall: Date.now() };
          claiming = records.write(mailId, recordOf('claimed', claim), after);
        }
        held = await claiming;
        if (ageMs() > validMs) throw new Error('the claim is too old: this process was frozen');
      } catch (error) {
        // Without an answer, the claim may have been stored.
        if (!(error instanceof SubjectChangedError)) remember(abandoned, claim, true);
        failure = error as Error;
        throw error;
      }
    }

    /** The monotonic clock stands still while a virtual machine is suspended. */
    function ageMs(): number {
      return Math.max(performance.now() - began.monotonic, Date.now() - began.wall);
    }

    async function settle(state: 'sent' | 'released' | 'uncertain'): Promise<StoredRecord> {
      if (held === null) throw new Error('the mail was not claimed');
      const record = recordOf(state, claim);
      let last: StoredRecord = held;
      for (let tries = 0; ; tries += 1) {
        try {
          return await records.write(mailId, record, last.sequence);
        } catch (error) {
          if (error instanceof SubjectChangedError) {
            const newer = await records.find(mailId).catch(() => null);
            // Another process gave this claim up too early: what its owner knows is right.
            if (newer?.claim === claim && newer.state === 'uncertain' && state === 'sent') last = newer;
            else {
              log.error(
                { mail: mailId, state, recorded: newer?.state },
                'another process decided on this email',
              );
              return { ...record, sequence: newer?.sequence ?? last.sequence };
            }
          } else if (stopping.aborted) throw error;
          else await sleep(Math.min(200 * 2 ** tries, 2_000), stopping);
        }
      }
    }

    return {
      take,
      settle,
      get failure() {
        return failure;
      },
      get isHeld() {
        return held !== null;
      },
    };
  }

  return { statusOf, begin };
}

function remember<Value>(memory: Map<string, Value>, key: string, value: Value): void {
  memory.delete(key);
  memory.set(key, value);
  const [oldest] = memory.keys();
  if (memory.size > REMEMBERED && oldest !== undefined) memory.delete(oldest);
}
