import { sleep } from '@guichet/time';
import { keepLease, type Lease, LeaseLostError, releaseLease, takeLease } from './lease.ts';
import type { Database } from './open.ts';
import { queryOnce } from './query.ts';

/** A process that is killed keeps others from the work for at most this long. */
const LEASE_SECONDS = 20;
const KEEP_EVERY_MS = 3_000;
const TAKE_EVERY_MS = 250;

/**
 * Runs `work` in one process at a time, however long it takes; the others wait for at most `waitSeconds`. The lease is a row, which every node of a Galera cluster knows; a named lock
 * (GET_LOCK) is known to one node only. `makeSure`, between two steps of the work, throws if another process has the lease now: a server that did not answer for a while may have given it away.
 * @throws LeaseLostError if it does not become free in time
 */
export async function underLease<Result>(
  db: Database,
  name: string,
  work: (makeSure: () => Promise<void>) => Promise<Result>,
  { waitSeconds }: { waitSeconds: number },
): Promise<Result> {
  const lease = await waitForLease(db, name, waitSeconds);
  const keep = () => queryOnce(db, keepLease(lease, LEASE_SECONDS));
  const keeping = setInterval(() => keep().catch(() => undefined), KEEP_EVERY_MS);
  try {
    return await work(async () => {
      if (!(await keep())) throw new LeaseLostError(`the lease ${name} is lost`);
    });
  } finally {
    clearInterval(keeping);
    await queryOnce(db, releaseLease(lease)).catch(() => undefined);
  }
}

async function waitForLease(db: Database, name: string, waitSeconds: number): Promise<Lease> {
  const until = performance.now() + waitSeconds * 1_000;
  for (;;) {
    const lease = await takeLease(db, name, LEASE_SECONDS);
    if (lease !== null) return lease;
    if (performance.now() >= until) throw new LeaseLostError(`the lease ${name} did not become free in time`);
    await sleep(TAKE_EVERY_MS);
  }
}
