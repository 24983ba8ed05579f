import { queryOnce } from '@guichet/database';
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
