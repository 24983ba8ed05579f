import { randomUUID } from 'node:crypto';
import type { Person } from '../../person.ts';
import type { Drill } from '../drill.ts';
import type { World } from '../world.ts';

const RECONCILIATION = "name = 'reconciliation'";

/** A deposit that waits for an agent. @returns its id */
async function requestDeposit({ members }: World): Promise<string> {
  const [member] = members.slice(-1);
  const body = { type: 'deposit', account_id: member?.accounts[1]?.id, amount: 4_200 };
  const { body: operation } = (await member?.person.post('/api/operations', body)) ?? { body: null };
  return operation.id;
}

/** A transfer between a member's accounts, approved for the day after tomorrow. */
async function scheduleTransfer({ members, agents }: World): Promise<void> {
  const [member] = members.slice(-1);
  const [from, to] = member?.accounts ?? [];
  const date = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
  const accounts = { from_account_id: from?.id, to_account_id: to?.id };
  const body = { type: 'internal_transfer', ...accounts, amount: 1, execute_on: date };
  const asked = await member?.person.post('/api/operations', body);
  const approved = await agents[0]?.post(`/api/operations/${asked?.body.id}/approve`);
  if (approved?.body.due_on !== date) throw new Error(`${asked?.text} ${approved?.text}`);
}

/** As an agent does on the page *Integrity checks*. */
async function reconcileAll([agent]: readonly Person[]): Promise<void> {
  const key = { 'idempotency-key': randomUUID() };
  const reply = await agent?.post('/api/ledger/reconciliation?full=true', undefined, key);
  if (reply === undefined || reply.status >= 300) throw new Error(reply?.text);
}

const bytesOf = (id: string) => `UNHEX('${id.replaceAll('-', '')}')`;

export const MONEY_DRILLS: readonly Drill[] = [
  {
    fault: 'A stored balance is changed by a cent',
    alerts: ['GuichetLedgerDoesNotReconcile critical'],
    async provoke({ members, agents, runbooks }) {
      const id = bytesOf(members.at(-1)?.accounts[0]?.id ?? '');
      const add = (amount: number) =>
        runbooks.sql(`UPDATE guichet_accounts.accounts SET balance = balance + ${amount} WHERE id = ${id}`);
      await add(1);
      await reconcileAll(agents);
      return () => add(-1);
    },
    repair: 'the balance is set to what the entries say; an agent reconciles the ledger',
    async follow({ runbooks, agents }, undo) {
      const found = await runbooks.run('ledger-does-not-reconcile', 'reconcile-command.ts');
      if (found.exitCode === 0) throw new Error('the command found nothing');
      await undo();
      await reconcileAll(agents);
    },
  },
  {
    fault: 'The last run of the whole ledger began four days ago',
    alerts: ['GuichetFullReconciliationOverdue warning'],
    async provoke({ runbooks }) {
      await runbooks.sql(`UPDATE guichet_accounts.scheduled_jobs SET next_at = NOW(3) + INTERVAL 1 DAY,
        outcome = JSON_SET(outcome, '$.lastFullRunAt', DATE_FORMAT(UTC_TIMESTAMP() - INTERVAL 4 DAY, '%Y-%m-%dT%H:%i:%sZ')) WHERE ${RECONCILIATION}`);
      return () =>
        runbooks.sql(`UPDATE guichet_accounts.scheduled_jobs SET next_at = NOW(3) WHERE ${RECONCILIATION}`);
    },
    repair: 'an agent reconciles the whole ledger (*Integrity checks*)',
    async follow({ runbooks, agents }, undo) {
      await runbooks.run('full-reconciliation-overdue', 'logs deploy/$BANK-accounts');
      await reconcileAll(agents);
      await undo();
    },
  },
  {
    fault: 'A request is past its deadline, and the job that expires requests is a day away',
    alerts: ['GuichetOperationsOverdue warning'],
    withinMs: 90_000,
    async provoke(world) {
      const id = await requestDeposit(world);
      await world.runbooks.sql(`UPDATE guichet_accounts.scheduled_jobs SET next_at = NOW(3) + INTERVAL 1 DAY WHERE name = 'expiry';
        UPDATE guichet_accounts.operations SET expires_at = NOW(3) - INTERVAL 1 MINUTE WHERE id = ${bytesOf(id)}`);
      return async () => undefined;
    },
    repair: '',
    async follow({ runbooks }) {
      await runbooks.run('operations-overdue', 'FROM guichet_accounts.operations');
      await runbooks.run('operations-overdue', 'UPDATE guichet_accounts.scheduled_jobs SET next_at');
    },
  },
  {
    fault: 'A transfer was due yesterday, and the job that executes transfers is a day away',
    alerts: ['GuichetTransfersNotExecuted warning'],
    withinMs: 90_000,
    async provoke(world) {
      await scheduleTransfer(world);
      await world.runbooks.sql(`UPDATE guichet_accounts.scheduled_jobs SET next_at = NOW(3) + INTERVAL 1 DAY WHERE name = 'due_operations';
        UPDATE guichet_accounts.due_operations SET due_on = DATE_FORMAT(NOW() - INTERVAL 1 DAY, '%Y-%m-%d')`);
      return async () => undefined;
    },
    repair: '',
    async follow({ runbooks }) {
      await runbooks.run('transfers-not-executed', 'FROM guichet_accounts.due_operations');
      await runbooks.run('transfers-not-executed', 'UPDATE guichet_accounts.scheduled_jobs SET next_at');
    },
  },
  {
    fault: 'A request has waited for three days',
    alerts: ['GuichetOperationsWaitTooLong warning'],
    withinMs: 120_000,
    async provoke(world) {
      const id = await requestDeposit(world);
      await world.runbooks.sql(
        `UPDATE guichet_accounts.operations SET created_at = created_at - INTERVAL 3 DAY WHERE id = ${bytesOf(id)}`,
      );
      return () =>
        world.agents[0]?.post(`/api/operations/${id}/reject`, { reason: 'Too late' }) ?? Promise.resolve();
    },
    repair: 'an agent decides it',
    async follow({ runbooks }, undo) {
      await runbooks.run('operations-wait-too-long', 'FROM guichet_accounts.people');
      await undo();
    },
  },
  {
    fault: 'Every agent is deactivated, and customers request',
    alerts: ['GuichetNoActiveAgent warning'],
    async provoke({ superuser, agents }) {
      const all = (action: string) =>
        Promise.all(agents.map(({ id }) => superuser.post(`/api/auth/users/${id}/${action}`)));
      await all('deactivate');
      return async () => {
        await all('activate');
        for (const agent of agents as readonly Person[]) await agent.logIn();
      };
    },
    repair: 'the superuser activates the agents on the page *Staff*',
    async follow({ runbooks }, undo) {
      await runbooks.run('no-active-agent', 'FROM guichet_accounts.people');
      await undo();
    },
  },
];
