import { newId } from '@guichet/database';
import type { Broker } from '@guichet/events';
import { eventually } from '@guichet/testing';
import { type RunningBank, startBank } from '@guichet/tools';
import test from 'ava';
import { connectAsAuth, logEntry } from './auth-broker.ts';
import { openFirstAccount } from './first-account.ts';
import type { Person } from './person.ts';

// A bank whose streams have the least space that is possible, while its log is not stored.

/** The last ones fill what is left of the space. */
const FILLER_BYTES = [400_000, 20_000, 300];
let bank: RunningBank;
let broker: Broker;
test.before(async () => {
  bank = await startBank({ environment: { NATS_STREAMS_MIB: '64' } });
  broker = await connectAsAuth(bank);
});
test.after.always(async () => {
  await broker?.close();
  await bank?.stop();
});

async function metric(name: RegExp): Promise<number> {
  const text = await (await fetch(`${bank.adminUrl('accounts')}/metrics`)).text();
  const line = text.split('\n').find((one) => !one.startsWith('#') && name.test(one));
  return Number(line?.split(' ').at(-1));
}
const used = () => metric(/^guichet_stream_used_ratio\{.*stream="LOG"/);
const waiting = () => metric(/^guichet_outbox_depth/);
const oldest = () => metric(/^guichet_outbox_oldest_age_seconds/);

/** An entry of the log that takes much space, from auth. @returns whether the stream took it */
async function publishFiller(id: string, bytes: number): Promise<boolean> {
  return broker.publish(logEntry(bytes, id)).then(
    () => true,
    (error: Error) => {
      if (!/maximum bytes/.test(error.message)) throw error;
      return false;
    },
  );
}

const subjectOf = ({ subject }: { subject: { id: string } }) => subject.id;
const logged = async (reader: Person, query: string) => (await reader.get(`/api/logs?${query}`)).body.items;

test.serial(
  'while the stream of the log is full, money moves and its events wait; with room, each is in the log once',
  async (t) => {
    t.timeout(600_000);
    const { agent, member, accountId } = await openFirstAccount(bank);
    await eventually(async () => (await waiting()) === 0, 20_000);
    await bank.halt('logging');

    const fillers: string[] = [];
    for (const bytes of FILLER_BYTES)
      for (let id = newId(); await publishFiller(id, bytes); id = newId()) fillers.push(id);
    t.true(fillers.length > 50, `${fillers.length} entries filled it`);
    await eventually(async () => (await used()) > 0.9, 20_000);

    const posted: string[] = [];
    for (let count = 0; count < 12; count += 1) {
      const request = { type: 'deposit', account_id: accountId, amount: 1_000 };
      const { status, body } = await member.post('/api/operations', request);
      t.is(status, 201);
      t.is((await agent.post(`/api/operations/${body.id}/approve`)).body.status, 'posted');
      posted.push(body.id);
    }
    t.is((await member.get(`/api/accounts/${accountId}`)).body.balance, 12_000);
    const depth = await eventually(async () => ((await waiting()) > 0 ? waiting() : null), 20_000);
    t.true(depth > 0, `${depth} events wait`);
    await eventually(async () => (await oldest()) > 3, 20_000);
    t.true((await used()) > 0.9, 'the alert GuichetStreamFull takes this');
    t.is(await metric(/^guichet_outbox_dead_letters/), 0, 'none was given up');

    bank.start('logging');
    await eventually(async () => (await waiting()) === 0, 120_000);
    await eventually(async () => (await used()) < 0.9, 60_000);
    for (const action of ['DEPOSIT_REQUESTED', 'DEPOSIT_POSTED']) {
      const ids = await eventually(async () => {
        const items = await logged(agent, `type_action=${action}&limit=50`);
        return items.length >= posted.length ? items.map(subjectOf) : null;
      }, 60_000);
      t.deepEqual(ids.toSorted(), posted.toSorted(), action);
    }
    const large = new Set<string>();
    for (let cursor = ''; ; ) {
      const { body } = await agent.get(`/api/logs?correlation_id=filler&limit=20${cursor}`);
      for (const { id } of body.items) {
        t.false(large.has(id));
        large.add(id);
      }
      if (body.next === null) break;
      cursor = `&cursor=${encodeURIComponent(body.next)}`;
    }
    t.deepEqual([...large].toSorted(), fillers.toSorted());
  },
);
