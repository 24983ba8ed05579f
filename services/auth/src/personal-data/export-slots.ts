import { problems } from '@guichet/errors';
import type { Clock } from '@guichet/time';

/** A running export. */
export interface ExportSlot {
  /** Called with `false` when a text is ready for the client, and with `true` when the client has read it. */
  clientReads(isReading: boolean): void;
  release(): void;
}

export interface ExportSlots {
  /**
   * Begins an export; `end` is called if it has to make room for another.
   * @throws Problem `unavailable` while the user has another one running, or all slots are taken
   */
  take(userId: string, end: () => void): ExportSlot;
}

/** An export whose client hasn't read for this long makes room for another one. */
const MAKES_ROOM_AFTER_MS = 5_000;

/** The exports of this process: one for each user, and `total` at once, so that slow clients can't use up its memory. */
export function createExportSlots(total: number, clock: Clock): ExportSlots {
  const running = new Map<string, { end: () => void; waitsSince: number | null }>();
  return {
    take(userId, end) {
      if (running.has(userId)) throw busy('Another export of your data is running');
      if (running.size >= total && !endSlowest()) throw busy('Too many exports are running');
      const slot = { end, waitsSince: null as number | null };
      running.set(userId, slot);
      return {
        clientReads(isReading) {
          slot.waitsSince = isReading ? null : clock().getTime();
        },
        release() {
          if (running.get(userId) === slot) running.delete(userId);
        },
      };
    },
  };

  function endSlowest(): boolean {
    const longest = [...running].toSorted(
      ([, a], [, b]) => (a.waitsSince ?? Number.MAX_SAFE_INTEGER) - (b.waitsSince ?? Number.MAX_SAFE_INTEGER),
    )[0];
    if (longest === undefined) return false;
    const [userId, { end, waitsSince }] = longest;
    if (waitsSince === null || waitsSince > clock().getTime() - MAKES_ROOM_AFTER_MS) return false;
    running.delete(userId);
    end();
    return true;
  }
}

function busy(detail: string) {
  return problems.unavailable(detail, { headers: { 'Retry-After': '30' } });
}
