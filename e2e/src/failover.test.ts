import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { eventOf, failovers } from './faults/failover.ts';
import { type FaultBank, runFaults, startFaultBank } from './faults/run-faults.ts';
import { faultTable } from './faults/table.ts';

const STOPPED_WITHIN_MS = 90_000;
let bank: FaultBank;

test.before(async (t) => {
  t.timeout(900_000);
  bank = await startFaultBank({ cluster: true });
});
// A database node that is still copying data ends late; what is left ends with this process.
test.after.always(() => Promise.race([bank?.stop(), sleep(STOPPED_WITHIN_MS, undefined, { ref: false })]));

// The long form: npm run test:failover
test('if the database node that is written to and a process of accounts are killed, everything acknowledged is posted once', async (t) => {
  t.timeout(600_000);
  const chosen = failovers().filter(({ name }) =>
    ['one of two accounts killed', 'database writer killed'].includes(name),
  );
  t.is(chosen.length, 2);
  const report = await runFaults(bank, {
    faults: chosen.map((one) => eventOf(one, 1_500)),
    operations: 200,
    lastsMs: 1_500,
    rate: 40,
    mailQuietMs: 1_000,
  });
  t.log(`\n${faultTable(report)}`);
  t.deepEqual(report.findings, []);
  t.true(report.operations >= 200, `${report.operations} operations`);
});
