import { newId, queryOnce } from '@guichet/database';
import { silentLog } from '@guichet/log';
import { publicKeysOf, signCheckpoint } from '@guichet/log-checkpoints';
import { lastRun } from '@guichet/scheduled-jobs';
import { eventually } from '@guichet/testing';
import test from 'ava';
import { insertCheckpoint } from '../checkpoints/store.ts';
import { buildEvent, newCheckpointKeys, startTestLogging } from '../fixtures.ts';
import { type ChainOutcome, keepVerifying, VERIFICATION } from './keep-verifying.ts';

const logging = await startTestLogging();
test.after.always(() => logging.close());
const { client, tokens } = logging;

test.serial('agents and the superuser can verify the chain, and members cannot', async (t) => {
  await logging.store(buildEvent(), buildEvent());
  for (const role of ['agent', 'superuser'] as const) {
    const { body } = await client.get('/api/logs/verify', { token: tokens.issue({ role }) });
    t.like(body, { ok: true, checked: 2, first_break: null, reason: null });
    t.regex(body.head.hash, /^[0-9a-f]{64}$/);
  }
  const { status, body } = await client.get('/api/logs/verify', { token: tokens.issue() });
  t.is(status, 403);
  t.is(body.code, 'forbidden');
  t.is((await client.get('/api/logs/verify?x=1', { token: tokens.issue({ role: 'agent' }) })).status, 400);
});

test.serial('the entries of an operation can be verified alone, by the same callers', async (t) => {
  const operation_id = newId();
  await logging.store(
    buildEvent({ action: 'TRANSFER_REQUESTED', operation_id }),
    buildEvent({ operation_id }),
  );
  const path = `/api/logs/verify?operation=${operation_id}`;
  for (const role of ['agent', 'superuser'] as const) {
    const { body } = await client.get(path, { token: tokens.issue({ role }) });
    t.like(body, { ok: true, checked: 2, first_break: null, reason: null, fault: null, unread: 0 });
    t.deepEqual(
      body.entries.map(({ action, proof, signed_at }: Record<string, unknown>) => [action, proof, signed_at]),
      [
        ['TRANSFER_REQUESTED', 'linked', null],
        ['TRANSFER_POSTED', 'linked', null],
      ],
    );
  }
  t.is((await client.get(path, { token: tokens.issue() })).status, 403);
  const token = tokens.issue({ role: 'agent' });
  t.is((await client.get('/api/logs/verify?operation=x', { token })).status, 400);
  const unknown = await client.get(`/api/logs/verify?operation=${newId()}`, { token });
  t.like(unknown.body, { ok: true, checked: 0, entries: [] });
  await logging.db.raw('DROP TRIGGER log_entries_no_update');
  await logging.db.raw("UPDATE log_entries SET message = 'x' WHERE operation_id = ? LIMIT 1", [operation_id]);
  const { body } = await client.get(path, { token });
  t.like(body, { ok: false, fault: 'changed', reason: 'an entry or its hash was changed' });
  t.is(body.first_break, body.entries[0].sequence);
  t.is(body.entries[0].proof, 'broken');
});

test.serial('four operations are verified at the same time, and more are refused', async (t) => {
  const token = tokens.issue({ role: 'agent' });
  const settled: number[] = [];
  const verify = async () => {
    const reply = await client.get(`/api/logs/verify?operation=${newId()}`, { token });
    settled.push(reply.status);
    return reply;
  };
  const replies = await logging.db.transaction(async (locking) => {
    await locking.raw('LOCK TABLES log_entries WRITE');
    const all = Promise.all(Array.from({ length: 12 }, verify));
    await eventually(() => settled.length === 8).finally(() => locking.raw('UNLOCK TABLES'));
    return all;
  });
  const refused = replies.filter(({ status }) => status === 503);
  t.is(refused.length, 8);
  t.truthy(refused[0]?.headers['retry-after']);
  t.is(replies.filter(({ status }) => status === 200).length, 4);
  t.is((await verify()).status, 200);
});

test.serial(
  'a checkpoint that the bank did not sign is found, on request and by the regular verification',
  async (t) => {
    const { runtime: db, checkpointKeys } = logging;
    await logging.store(buildEvent());
    await queryOnce(
      db,
      insertCheckpoint(
        signCheckpoint(newCheckpointKeys().signer, {
          sequence: 1n,
          hash: Buffer.alloc(32),
          time: new Date(),
        }),
      ),
    );
    const { body } = await client.get('/api/logs/verify', { token: tokens.issue({ role: 'agent' }) });
    t.like(body, { ok: false, first_break: 1, reason: 'a checkpoint was not signed by the bank' });

    const keys = publicKeysOf(checkpointKeys.published);
    const verifying = keepVerifying({ db, log: silentLog, keys }, { everySeconds: 60 });
    t.teardown(() => verifying.stop());
    await eventually(async () => (await lastRun<ChainOutcome>(db, VERIFICATION))?.outcome.ok === false);
  },
);
