import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { daysAfter } from '@guichet/calendar';
import type { RunningBank } from '@guichet/tools';
import { pacs008 } from '../../../../services/accounts/src/payment-files/files.fixture.ts';
import { bankDate } from '../../bank-date.ts';
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
  const date = daysAfter(bankDate(), 2);
  const accounts = { from_account_id: from?.id, to_account_id: to?.id };
  const body = { type: 'internal_transfer', ...accounts, amount: 1, execute_on: date };
  const asked = await member?.person.post('/api/operations', body);
  const approved = await agents[0]?.post(`/api/operations/${asked?.body.id}/approve`);
  if (approved?.body.due_on !== date) throw new Error(`${asked?.text} ${approved?.text}`);
}

/** A batch with a transfer of a member to another bank. @returns its id */
async function createBatch({ members, agents: [agent] }: World): Promise<string> {
  const [member] = members.slice(-1);
  const account = member?.accounts[0]?.id;
  const to = { name: 'Otto Normal', iban: 'DE89370400440532013000' };
  for (const body of [
    { type: 'deposit', account_id: account, amount: 1 },
    { type: 'external_transfer', from_account_id: account, to, amount: 1 },
  ]) {
    const asked = await member?.person.post('/api/operations', body);
    const approved = await agent?.post(`/api/operations/${asked?.body.id}/approve`);
    if (approved?.body.status !== 'posted') throw new Error(`${asked?.text} ${approved?.text}`);
  }
  const created = await agent?.post('/api/payments/batches', {});
  if (created?.status !== 201) throw new Error(created?.text);
  return created.body.id;
}

/** Sends a file with a payment for an account that the bank doesn't have, and approves it. @returns the operation's id */
async function receiveFile({ agents: [maker, checker] }: World): Promise<string> {
  const id = randomUUID().replaceAll('-', '');
  const reply = await maker?.send('/api/payments/incoming', pacs008(id, [{ endToEndId: id }]));
  const approved = await checker?.post(`/api/operations/${reply?.body.id}/approve`);
  if (approved?.body.status !== 'posted') throw new Error(`${reply?.text} ${approved?.text}`);
  return reply?.body.id;
}

/** A webhook of a member whose receiver, an address that answers no one, gets nothing. */
async function notifyOfRequests({ members }: World): Promise<void> {
  const body = { url: 'https://8.8.8.8/', events: ['operation.requested'] };
  const reply = await members.at(-1)?.person.post('/api/webhooks', body);
  if (reply?.status !== 201) throw new Error(reply?.text);
}

/** As an agent does on the page *Integrity checks*. */
async function reconcileAll([agent]: readonly Person[]): Promise<void> {
  const key = { 'idempotency-key': randomUUID() };
  const reply = await agent?.post('/api/ledger/reconciliation?full=true', undefined, key);
  if (reply === undefined || reply.status >= 300) throw new Error(reply?.text);
}

const incomingFile = (bank: RunningBank, ...name: string[]) =>
  join(bank.environmentOf('accounts').INCOMING_DIRECTORY ?? '', ...name);

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
    fault: 'The interest of two days is missing, and the job that adds it up is a day away',
    alerts: ['GuichetInterestNotAddedUp warning'],
    withinMs: 240_000,
    async provoke({ runbooks }) {
      const progress =
        'UPDATE guichet_accounts.accrual_progress SET through = DATE_FORMAT(CAST(through AS DATE)';
      await runbooks.sql(`UPDATE guichet_accounts.scheduled_jobs SET next_at = NOW(3) + INTERVAL 1 DAY WHERE name = 'interest';
        ${progress} - INTERVAL 2 DAY, '%Y-%m-%d')`);
      return () => runbooks.sql(`${progress} + INTERVAL 2 DAY, '%Y-%m-%d')`);
    },
    repair: '',
    async follow({ runbooks }, undo) {
      await runbooks.run('interest-not-added-up', 'FROM guichet_accounts.accrual_progress');
      // The days were added up in truth, and must not be again.
      await undo();
      await runbooks.run('interest-not-added-up', 'UPDATE guichet_accounts.scheduled_jobs SET next_at');
    },
  },
  {
    fault: 'A payment from another bank came yesterday for an account that does not exist',
    alerts: ['GuichetSuspenseNotEmpty warning'],
    withinMs: 90_000,
    async provoke(world) {
      const [maker, checker] = world.agents;
      const file = await receiveFile(world);
      await world.runbooks.sql(
        `UPDATE guichet_accounts.operations SET created_at = created_at - INTERVAL 25 HOUR WHERE id = ${bytesOf(file)}`,
      );
      return async () => {
        const { body } = (await maker?.get('/api/payments/suspense')) ?? { body: { items: [] } };
        for (const { id } of body.items) {
          const asked = await maker?.post(`/api/payments/suspense/${id}/return`, {
            reason: 'No such account',
          });
          await checker?.post(`/api/operations/${asked?.body.id}/approve`);
        }
      };
    },
    repair: 'an agent requests that it is sent back (*Payments in suspense*), and another approves it',
    async follow({ runbooks }, undo) {
      await runbooks.run('suspense-not-empty', 'FROM guichet_accounts.payment_items');
      await undo();
    },
  },
  {
    fault: 'A file from another bank that is not valid is put into the folder',
    alerts: ['GuichetIncomingFileRefused warning'],
    withinMs: 90_000,
    async provoke({ bank }) {
      const file = incomingFile(bank, 'broken.xml');
      await writeFile(file, '<Document>');
      return async () => undefined;
    },
    repair: '',
    async follow({ runbooks }) {
      const found = await runbooks.run('incoming-file-refused', 'cat ./*.json');
      if (!found.output.includes('invalid_file')) throw new Error(found.output);
      await runbooks.run('incoming-file-refused', 'rm --', { '<file>': 'broken.xml' });
    },
  },
  {
    fault: 'The folder for files from other banks is gone',
    alerts: ['GuichetIncomingFileNotReceived critical'],
    withinMs: 90_000,
    async provoke({ bank }) {
      const folder = incomingFile(bank);
      await rename(folder, `${folder}.away`);
      return () => rename(`${folder}.away`, folder);
    },
    repair: 'the volume is mounted again',
    async follow({ runbooks }, undo) {
      await runbooks.run('incoming-file-not-received', 'ls -la');
      await runbooks.run('incoming-file-not-received', 'logs deploy/$BANK-accounts');
      await runbooks.run('incoming-file-not-received', 'SELECT name, next_at');
      await undo();
      await runbooks.run('incoming-file-not-received', 'UPDATE guichet_accounts.scheduled_jobs SET next_at');
    },
  },
  {
    fault: 'A file of payments is approved and not posted, and the job that posts it is a day away',
    alerts: ['GuichetPaymentFileNotPosted critical'],
    withinMs: 90_000,
    async provoke(world) {
      const file = await receiveFile(world);
      await world.runbooks.sql(`UPDATE guichet_accounts.scheduled_jobs SET next_at = NOW(3) + INTERVAL 1 DAY WHERE name = 'payment_files';
        UPDATE guichet_accounts.payment_files SET state = 'posting' WHERE operation_id = ${bytesOf(file)}`);
      return async () => undefined;
    },
    repair: '',
    async follow({ runbooks }) {
      await runbooks.run('payment-file-not-posted', 'FROM guichet_accounts.payment_files');
      await runbooks.run('payment-file-not-posted', 'UPDATE guichet_accounts.scheduled_jobs SET next_at');
    },
  },
  {
    fault: 'A batch of transfers to other banks was created yesterday, and no agent has sent it',
    alerts: ['GuichetPaymentBatchNotSent warning'],
    withinMs: 90_000,
    async provoke(world) {
      const [first] = world.agents;
      const id = await createBatch(world);
      await world.runbooks.sql(
        `UPDATE guichet_accounts.payment_batches SET created_at = created_at - INTERVAL 1 DAY WHERE id = ${bytesOf(id)}`,
      );
      return () => first?.post(`/api/payments/batches/${id}/sent`) ?? Promise.resolve();
    },
    repair: 'an agent marks it as sent (*Payment batches*)',
    async follow({ runbooks }, undo) {
      await runbooks.run('payment-batch-not-sent', 'FROM guichet_accounts.payment_batches');
      await undo();
    },
  },
  {
    fault: 'A webhook is claimed until tomorrow, as by a database whose clock was wrong',
    alerts: ['GuichetWebhooksNotSent warning'],
    withinMs: 90_000,
    async provoke(world) {
      await notifyOfRequests(world);
      await requestDeposit(world);
      await world.runbooks.sql(`UPDATE guichet_accounts.webhook_deliveries SET happened_at = NOW(3) - INTERVAL 1 HOUR;
        UPDATE guichet_accounts.webhooks SET retry_at = NOW(3) - INTERVAL 1 HOUR, claimed_by = NULL, claimed_until = NOW(3) + INTERVAL 1 DAY`);
      return async () => undefined;
    },
    repair: '',
    async follow({ runbooks }) {
      await runbooks.run('webhooks-not-sent', 'FROM guichet_accounts.webhooks');
      await runbooks.run('webhooks-not-sent', 'UPDATE guichet_accounts.webhooks SET claimed_by');
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
