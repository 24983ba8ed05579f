import { createLog } from '@guichet/log';
import { eventually, isGalera, type Link, openLink, testDatabase } from '@guichet/testing';
import test, { type ExecutionContext } from 'ava';
import { type DatabaseError, isUnavailable } from './errors.ts';
import { type Database, databaseAnswers, openDatabase } from './open.ts';
import { queryOnce } from './query.ts';
import { change, select } from './query-value.ts';
import { sql } from './sql.ts';
import { transaction } from './transaction.ts';
import { SILENT_AFTER_MS } from './writer-watch.ts';

// Two ways to one server, each of which can fail. Several servers: tools/src/servers/.

const { db, settings, drop } = await testDatabase({ pool: 2 });
test.after.always(drop);
test.before(() => db.raw('CREATE TABLE thing (id INT PRIMARY KEY AUTO_INCREMENT, word VARCHAR(30))'));

interface Ways {
  far: Database;
  links: [Link, Link];
  lines: string[];
  /** The link that is used: 0 or 1. */
  used(): number;
  /** How often another link was used. */
  changes(): number;
}

async function openWays(t: ExecutionContext): Promise<Ways> {
  const links: [Link, Link] = [
    await openLink({ target: settings.DATABASE_PORT }),
    await openLink({ target: settings.DATABASE_PORT }),
  ];
  const lines: string[] = [];
  const log = createLog({ service: 'test' }, { write: (line) => void lines.push(line) });
  const hosts = links.map(({ port }) => `127.0.0.1:${port}`);
  const far = openDatabase({ ...settings, DATABASE_HOSTS: hosts, DATABASE_POOL: 4 }, log, {
    pipelines: true,
  });
  let changes = 0;
  far.connections.onOtherWriter(() => {
    changes += 1;
  });
  t.teardown(async () => {
    await far.destroy();
    for (const link of links) await link.close();
  });
  return {
    far,
    links,
    lines,
    used: () => far.connections.servers().findIndex(({ isWriter }) => isWriter),
    changes: () => changes,
  };
}

const add = (word: string) => change(sql`INSERT INTO thing (word) VALUES (${word})`);
const count = async (word: string) => {
  const [row] = await queryOnce(
    db,
    select<{ count: bigint }>(sql`SELECT COUNT(*) AS count FROM thing WHERE word = ${word}`),
  );
  return Number(row?.count);
};
/** How many statements of the test are waiting on the server. */
const waiting = async () => {
  const [rows] = await db.raw('SHOW PROCESSLIST');
  const own = (rows as { db: string | null; Info: string | null }[]).filter(
    (one) => one.db === settings.DATABASE_NAME && one.Info?.includes('SLEEP') === true,
  );
  return own.length;
};
const sleepFor = (seconds: number) => select<{ done: number }>(sql`SELECT SLEEP(${seconds}) AS done`);

test.serial(
  'the first server is used, and another as soon as it is lost; transactions are run again there',
  async (t) => {
    const { far, links, lines, used, changes } = await openWays(t);
    await queryOnce(far, add('first'));
    t.is(used(), 0);
    let runs = 0;
    const moved = transaction(far, async (trx) => {
      runs += 1;
      await queryOnce(trx, add('moved'));
      if (runs === 1) await links[0].close();
      await queryOnce(trx, add('moved'));
    });
    const beganAt = performance.now();
    await moved;
    t.true(performance.now() - beganAt < SILENT_AFTER_MS);
    t.is(runs, 2);
    t.is(await count('moved'), 2, 'the first run was rolled back');
    t.is(used(), 1);
    t.is(changes(), 1);
    const logged = lines.filter((line) => line.includes('the writer of the database'));
    t.is(logged.length, 2);
    t.true(
      logged[1]?.includes(`"writer":"127.0.0.1:${links[1].port}","previous":"127.0.0.1:${links[0].port}"`),
    );
  },
);

test.serial(
  'a server that hangs without a word is left within seconds, and what waits for it is run again',
  async (t) => {
    const { far, links, used } = await openWays(t);
    await queryOnce(far, add('before'));
    links[0].cut();
    const beganAt = performance.now();
    const hung = [1, 2, 3, 4].map((_) => transaction(far, (trx) => queryOnce(trx, add('hung'))));
    await Promise.all(hung);
    t.true(performance.now() - beganAt < 3 * SILENT_AFTER_MS);
    t.is(used(), 1);
    t.is(await count('hung'), 4);
    links[0].heal();
    await eventually(() => used() === 0);
    t.is(await count('hung'), 4, 'what was sent before the cut and arrives late is rolled back');
    await queryOnce(far, add('after'));
  },
);

test.serial('a slow statement is no dead server', async (t) => {
  const { far, used, changes } = await openWays(t);
  const slow = queryOnce(far, sleepFor((1.5 * SILENT_AFTER_MS) / 1_000));
  t.is(Number((await slow)[0]?.done), 0);
  t.is(used(), 0);
  t.is(changes(), 0);
});

test.serial(
  'after a commit without an answer nothing is run again, unless the work can be repeated',
  async (t) => {
    for (const isRepeatable of [false, true]) {
      const { far, links } = await openWays(t);
      const word = `unknown ${isRepeatable}`;
      let runs = 0;
      const committing = transaction(
        far,
        async (trx) => {
          runs += 1;
          const seen = await queryOnce(
            trx,
            select<{ id: number }>(sql`SELECT id FROM thing WHERE word = ${word}`),
          );
          if (seen.length > 0) return;
          await queryOnce(trx, add(word));
          const committed = trx.commit(sleepFor(2));
          if (runs === 1) await eventually(async () => (await waiting()) === 1);
          if (runs === 1) links[0].cut();
          await committed;
        },
        { isRepeatable },
      );
      if (isRepeatable) await committing;
      else {
        const error = await t.throwsAsync<DatabaseError>(committing);
        t.true(error.isOutcomeUnknown);
        t.true(isUnavailable(error));
      }
      t.is(runs, isRepeatable ? 2 : 1);
      // A Galera node is sent each statement alone, so the COMMIT was not on its way.
      const isLost = !isRepeatable && (await isGalera(db));
      if (isLost) t.is(await count(word), 0);
      else t.is(await eventually(() => count(word)), 1);
    }
  },
);

test.serial('a read on its own is sent again, a write only if it cannot have been made', async (t) => {
  const { far, links } = await openWays(t);
  await queryOnce(far, add('before'));
  const reading = queryOnce(far, sleepFor(2));
  const writing = queryOnce(far, change(sql`INSERT INTO thing (word) SELECT IF(SLEEP(2), 'x', 'alone')`));
  await eventually(async () => (await waiting()) === 2);
  links[0].cut();
  const error = await t.throwsAsync<DatabaseError>(writing);
  t.true(error.isOutcomeUnknown);
  t.is(Number((await reading)[0]?.done), 0);
  t.is(await eventually(() => count('alone')), 1);
});

test.serial(
  'without a server, requests fail within seconds as an unavailable database, and go on when it is back',
  async (t) => {
    const { far, links } = await openWays(t);
    t.true(await databaseAnswers(far));
    for (const link of links) link.cut();
    const error = await t.throwsAsync(queryOnce(far, add('lost')));
    t.true(isUnavailable(error));
    t.false(await databaseAnswers(far));
    for (const link of links) link.heal({ forget: true });
    t.true(await eventually(() => databaseAnswers(far)));
    await queryOnce(far, add('back'));
    t.is(await count('back'), 1);
  },
);
