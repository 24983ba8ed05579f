import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@guichet/testing';
import type { Drill } from '../drill.ts';
import { lockRepeatedly, stutter, untilReady } from '../world.ts';

/** Requests that wait when the database is stopped. */
const DECISIONS = 12;

/** Each raises the alert of a fast burn; the one of a slow burn follows while the windows of hours still have it. */
export const SERVICE_LEVEL_DRILLS: readonly Drill[] = [
  {
    fault: 'A session locks the head of the log for 1.4 s of every 1.5 s',
    alerts: ['GuichetLogLate critical', 'GuichetLogLate warning'],
    withinMs: 180_000,
    provoke: ({ runbooks }) => lockRepeatedly(runbooks, 'guichet_logging.log_chain', 1.4),
    repair: 'the session that locks is ended',
    async follow({ runbooks }, undo) {
      await runbooks.run('log-late', 'logs deploy/$BANK-logging');
      await runbooks.run('decisions-slow', 'information_schema.processlist');
      await undo();
    },
  },
  {
    fault: 'The database is stopped for 0.9 s of each second',
    alerts: [
      'GuichetRequestsSlow critical',
      'GuichetDecisionsSlow critical',
      'GuichetRequestsSlow warning',
      'GuichetDecisionsSlow warning',
    ],
    withinMs: 150_000,
    provoke: async ({ bank }) => stutter(bank, 'database', 900, 100),
    repair: 'the disk of the database is fast again',
    async follow({ runbooks }, undo) {
      await runbooks.run('decisions-slow', 'information_schema.processlist');
      await undo();
    },
  },
  {
    fault: 'The next reconciliation is a day away, and the last one was two hours ago',
    alerts: ['GuichetReconciliationOverdue warning'],
    withinMs: 60_000,
    provoke: async ({ runbooks }) => {
      await runbooks.sql(`UPDATE guichet_accounts.scheduled_jobs
        SET next_at = NOW(3) + INTERVAL 1 DAY, finished_at = NOW(3) - INTERVAL 2 HOUR WHERE name = 'reconciliation'`);
      return async () => undefined;
    },
    repair: '',
    async follow({ runbooks }) {
      await runbooks.run('reconciliation-overdue', 'FROM guichet_accounts.scheduled_jobs');
      await runbooks.run('reconciliation-overdue', 'reconcile-command.ts');
      await runbooks.run('reconciliation-overdue', 'UPDATE guichet_accounts.scheduled_jobs SET next_at');
    },
  },
  {
    fault: 'The database is stopped, while agents decide requests that wait',
    alerts: [
      'GuichetDatabaseDown critical',
      'GuichetRequestsFail critical',
      'GuichetDecisionsFail critical',
      'GuichetRequestsFail warning',
      'GuichetDecisionsFail warning',
    ],
    withinMs: 150_000,
    async provoke({ bank, members, agents }) {
      const [agent] = agents;
      const waiting = await Promise.all(
        Array.from({ length: DECISIONS }, async () => {
          const body = { type: 'deposit', account_id: members[2]?.accounts[0]?.id, amount: 100 };
          return (await members[2]?.person.post('/api/operations', body))?.body.id as string;
        }),
      );
      await bank.halt('database');
      let isOpen = true;
      const deciding = waiting.map(async (id) => {
        while (isOpen) {
          await agent?.post(`/api/operations/${id}/approve`).catch(() => null);
          await sleep(500);
        }
      });
      return async () => {
        isOpen = false;
        await Promise.all(deciding);
        bank.start('database');
      };
    },
    repair: 'the database is started',
    async follow({ runbooks, bank }, undo) {
      await runbooks.run('decisions-fail', 'logs deploy/$BANK-accounts');
      await undo();
      await untilReady(bank, 'accounts');
      // It may still recover from the crash.
      await eventually(
        async () => (await runbooks.run('database-down', 'reconcile-command.ts')).exitCode === 0,
        60_000,
      );
    },
  },
];
