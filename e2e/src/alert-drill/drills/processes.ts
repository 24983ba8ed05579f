import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../drill.ts';
import { lock, stutter, untilReady } from '../world.ts';

/** More than the pool has connections. */
const READERS = 40;
const STARTS = 4;

export const PROCESS_DRILLS: readonly Drill[] = [
  {
    fault: 'A session locks the accounts, while 40 clients read theirs',
    alerts: ['GuichetDatabasePoolExhausted warning'],
    withinMs: 60_000,
    async provoke({ runbooks, members }) {
      const release = await lock(runbooks, 'guichet_accounts.accounts');
      let isOpen = true;
      const reading = Array.from({ length: READERS }, async () => {
        while (isOpen) await members[2]?.person.get('/api/accounts').catch(() => null);
      });
      return async () => {
        await release();
        isOpen = false;
        await Promise.all(reading);
      };
    },
    repair: 'the session that locks is ended',
    async follow({ runbooks }, undo) {
      const listed = await runbooks.run('database-pool-exhausted', 'information_schema.processlist');
      if (!/metadata lock|accounts/.test(listed.output)) throw new Error(listed.output);
      await undo();
    },
  },
  {
    fault: 'accounts is stopped',
    alerts: ['GuichetServiceDown critical'],
    async provoke({ bank }) {
      await bank.halt('accounts');
      return async () => bank.start('accounts');
    },
    repair: 'accounts is started',
    async follow({ bank }, undo) {
      await undo();
      await untilReady(bank, 'accounts');
    },
  },
  {
    fault: `The mailer is killed ${STARTS} times`,
    alerts: ['GuichetProcessRestarts warning'],
    withinMs: 60_000,
    async provoke({ bank }) {
      for (let count = 0; count < STARTS; count += 1) {
        await bank.halt('mailer');
        bank.start('mailer');
        await untilReady(bank, 'mailer');
        // Prometheus must have seen each start.
        await sleep(1_500);
      }
      return async () => undefined;
    },
    repair: 'nothing kills it any more',
    async follow() {},
  },
  {
    fault: 'The mailer is stopped for 0.7 s of every 0.9 s',
    alerts: ['GuichetEventLoopBlocked warning'],
    withinMs: 60_000,
    provoke: async ({ bank }) => stutter(bank, 'mailer', 700, 200),
    repair: 'the mailer has its processor again',
  },
];
