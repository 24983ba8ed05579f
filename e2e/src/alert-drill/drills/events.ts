import { connectAsAuth, logEntry } from '../../auth-broker.ts';
import type { Drill } from '../drill.ts';
import { publishRaw } from '../raw-message.ts';
import { lock, untilReady } from '../world.ts';

/** The last ones fill what is left of the space. */
const FILLER_BYTES = [400_000, 20_000];
const MORE_THAN_BEHIND = 1_400;

/** A run is followed by a pause of twenty times its duration, which is long on a busy machine. */
const VERIFY_NOW = `UPDATE guichet_logging.scheduled_jobs SET next_at = NOW(3) WHERE name = 'chain verification'`;

const reset = (job: string) =>
  `UPDATE guichet_logging.scheduled_jobs SET next_at = NOW(3) + INTERVAL 1 DAY, finished_at = NOW(3) - INTERVAL 2 DAY WHERE name = '${job}'`;

export const EVENT_DRILLS: readonly Drill[] = [
  {
    fault: 'An entry of the log is changed by the database’s root, who drops the trigger for it',
    alerts: ['GuichetLogChainBroken critical'],
    withinMs: 120_000,
    async provoke({ runbooks }) {
      const trigger = 'guichet_logging.log_entries_no_update';
      const create = await runbooks.sql(`SELECT ACTION_STATEMENT FROM information_schema.TRIGGERS
        WHERE TRIGGER_SCHEMA = 'guichet_logging' AND TRIGGER_NAME = 'log_entries_no_update'`);
      const change = (message: string) =>
        runbooks.sql(`DROP TRIGGER ${trigger};
          UPDATE guichet_logging.log_entries SET service = ${message} WHERE sequence = 3;
          CREATE TRIGGER ${trigger} BEFORE UPDATE ON guichet_logging.log_entries FOR EACH ROW ${create};`);
      const before = await runbooks.sql('SELECT service FROM guichet_logging.log_entries WHERE sequence = 3');
      const verifyNow = () => runbooks.sql(VERIFY_NOW);
      await change(before.trim() === 'mailer' ? "'auth'" : "'mailer'");
      await verifyNow();
      return async () => {
        await change(`'${before.trim()}'`);
        await verifyNow();
      };
    },
    repair: 'the entry is restored',
    async follow({ runbooks }, undo) {
      const found = await runbooks.run('log-chain-broken', 'log-command.ts verify');
      if (found.exitCode === 0) throw new Error('the command found nothing');
      await runbooks.run('log-chain-broken', 'FROM guichet_logging.log_entries', { '<first break>': '3' });
      await undo();
      const restored = await runbooks.run('log-chain-broken', 'log-command.ts verify');
      if (restored.exitCode !== 0) throw new Error(restored.output);
    },
  },
  {
    fault: 'The next verification is a day away, and the last one was two days ago',
    alerts: ['GuichetLogVerificationOverdue warning'],
    async provoke({ runbooks }) {
      await runbooks.sql(reset('chain verification'));
      return async () => undefined;
    },
    repair: '',
    async follow({ runbooks }) {
      await runbooks.run('log-verification-overdue', 'FROM guichet_logging.scheduled_jobs');
      await runbooks.run('log-verification-overdue', 'UPDATE guichet_logging.scheduled_jobs SET next_at');
    },
  },
  {
    fault: 'The next checkpoint is a day away, and the last one was two days ago',
    alerts: ['GuichetLogCheckpointOverdue warning'],
    async provoke({ runbooks }) {
      await runbooks.sql(reset('checkpoints'));
      return async () => undefined;
    },
    repair: '',
    async follow({ runbooks }) {
      await runbooks.run('log-checkpoint-overdue', 'FROM guichet_logging.scheduled_jobs');
      await runbooks.run('log-checkpoint-overdue', 'UPDATE guichet_logging.scheduled_jobs SET next_at');
    },
  },
  {
    fault: 'A message that isn’t sealed arrives in the stream of the log',
    alerts: ['GuichetDeadLetters warning'],
    async provoke(world) {
      await publishRaw(world.bank, 'log.system.info', 'not sealed');
      return async () => undefined;
    },
    repair: '',
    async follow({ runbooks }) {
      const listed = await runbooks.run('dead-letters', 'dead-letters-command.ts list');
      if (!/not sealed|sealed/.test(listed.output)) throw new Error(listed.output);
      const retry = 'services/logging/src/dead-letters-command.ts retry';
      await runbooks.run('dead-letters', retry);
      await runbooks.run('dead-letters', retry, { retry: 'discard' });
    },
  },
  {
    fault: 'A session locks the table of users in the schema of logging, and a user changes',
    alerts: ['GuichetProjectionBehind critical'],
    async provoke({ runbooks, superuser, agents }) {
      const release = await lock(runbooks, 'guichet_logging.people');
      const { id } = agents.at(-1) ?? { id: '' };
      await superuser.post(`/api/auth/users/${id}/deactivate`);
      return async () => {
        await release();
        await superuser.post(`/api/auth/users/${id}/activate`);
        await agents.at(-1)?.logIn();
      };
    },
    repair: 'the session that locks is ended',
    async follow({ runbooks }, undo) {
      await runbooks.run('consumer-behind', 'logs deploy/$BANK-logging');
      await undo();
    },
  },
  {
    fault: 'A session locks the head of the log, and 1,400 entries arrive',
    alerts: ['GuichetConsumerBehind warning'],
    withinMs: 90_000,
    async provoke(world) {
      const release = await lock(world.runbooks, 'guichet_logging.log_chain');
      const broker = await connectAsAuth(world.bank);
      for (let sent = 0; sent < MORE_THAN_BEHIND; sent += 100)
        await Promise.all(Array.from({ length: 100 }, () => broker.publish(logEntry(10))));
      await broker.close();
      return release;
    },
    repair: 'the session that locks is ended',
    async follow({ runbooks }, undo) {
      await runbooks.run('consumer-behind', 'logs deploy/$BANK-logging');
      await runbooks.run('database-pool-exhausted', 'information_schema.processlist');
      await undo();
    },
  },
  {
    fault: 'auth is stopped',
    alerts: ['GuichetAuthDown critical', 'GuichetRevocationsUnconfirmed critical'],
    withinMs: 90_000,
    async provoke({ bank }) {
      await bank.halt('auth');
      return async () => bank.start('auth');
    },
    repair: 'auth is started',
    async follow({ runbooks, bank }, undo) {
      await runbooks.run('auth-down', 'logs deploy/$BANK-auth -c auth');
      await runbooks.run('revocations-unconfirmed', 'logs deploy/$BANK-accounts');
      await undo();
      await untilReady(bank, 'auth');
    },
  },
  {
    fault: 'NATS is stopped, and the events that wait are dated back ten minutes',
    alerts: ['GuichetNatsDown warning', 'GuichetOutboxStuck critical'],
    withinMs: 60_000,
    async provoke({ bank, runbooks, members }) {
      await bank.halt('nats');
      await members[3]?.person.post('/api/operations', {
        type: 'deposit',
        account_id: members[3]?.accounts[0]?.id,
        amount: 1,
      });
      await runbooks.sql(
        'UPDATE guichet_accounts.outbox SET created_at = created_at - INTERVAL 10 MINUTE WHERE published_at IS NULL',
      );
      return async () => bank.start('nats');
    },
    repair: 'NATS is started',
    async follow({ runbooks }, undo) {
      await runbooks.run('nats-down', 'logs deploy/$BANK-accounts');
      await runbooks.run('outbox-stuck', 'logs deploy/$BANK-auth');
      await undo();
      await runbooks.run('outbox-stuck', "healthz'");
    },
  },
  {
    fault: 'The stream of the log is filled while logging is stopped',
    alerts: ['GuichetStreamFull critical', 'GuichetServiceDown warning'],
    withinMs: 300_000,
    async provoke(world) {
      await world.bank.halt('logging');
      const broker = await connectAsAuth(world.bank);
      const isTaken = (bytes: number) =>
        broker.publish(logEntry(bytes)).then(
          () => true,
          (error: Error) => {
            if (!/maximum bytes/.test(error.message)) throw error;
            return false;
          },
        );
      for (const bytes of FILLER_BYTES) while (await isTaken(bytes));
      await broker.close();
      return async () => world.bank.start('logging');
    },
    repair: 'logging is started',
    async follow({ runbooks, bank }, undo) {
      await runbooks.run('stream-full', 'jsz?streams=true');
      await runbooks.run('stream-full', 'logs deploy/$BANK-logging');
      await undo();
      await untilReady(bank, 'logging');
    },
  },
  {
    fault: 'An event that is larger than NATS accepts is put into the outbox of auth',
    alerts: ['GuichetOutboxDeadLetters warning'],
    async provoke({ runbooks }) {
      await runbooks.sql(`INSERT INTO guichet_auth.outbox (id, subject, payload, events, family)
        SELECT UUID(), 'log.system.info', REPEAT('x', 4000000), 1, family
        FROM guichet_auth.outbox WHERE subject LIKE 'log.%' LIMIT 1`);
      return async () => undefined;
    },
    repair: '',
    async follow({ runbooks }) {
      const listed = await runbooks.run('outbox-dead-letters', 'services/auth/src/outbox-command.ts list');
      if (!/log\.system\.info/.test(listed.output)) throw new Error(listed.output);
      const discarded = await runbooks.run(
        'outbox-dead-letters',
        'services/auth/src/outbox-command.ts retry',
        {
          retry: 'discard',
        },
      );
      if (discarded.exitCode !== 0) throw new Error(discarded.output);
    },
  },
  {
    fault: 'The mail server refuses every recipient for good',
    alerts: ['GuichetMailDeadLettered warning'],
    withinMs: 60_000,
    async provoke({ mailServer, bank }) {
      mailServer.refuses = true;
      const body = { username: 'drilled', email: 'drilled@example.org', password: 'Seven green bottles' };
      await fetch(`${bank.url}/api/auth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return async () => {
        mailServer.refuses = false;
      };
    },
    repair: 'the mail server accepts again',
    async follow({ runbooks }, undo) {
      await runbooks.run('mail-dead-lettered', 'logs deploy/$BANK-mailer');
      await undo();
      await runbooks.run('mail-dead-lettered', 'dead-letters/command.ts');
    },
  },
  {
    fault: 'The mail server is stopped',
    alerts: ['GuichetMailServerDown warning'],
    withinMs: 90_000,
    async provoke({ mailServer }) {
      await mailServer.stop();
      return () => mailServer.start();
    },
    repair: 'the mail server is started',
    async follow({ runbooks }, undo) {
      await runbooks.run('mail-server-down', 'logs deploy/$BANK-mailer');
      await undo();
    },
  },
];
