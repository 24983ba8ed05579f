import { readFile } from 'node:fs/promises';
import { SERVICES } from '@guichet/contract';
import { METRICS_PAGE, metricsPage, type RunningBank, scrapeBank, startBank } from '@guichet/tools';
import test from 'ava';
import { execa } from 'execa';

let bank: RunningBank;
test.before(async (t) => {
  t.timeout(300_000);
  bank = await startBank();
});
test.after.always(() => bank?.stop());

test('the page of metrics lists exactly the metrics of a running bank', async (t) => {
  t.timeout(300_000);
  const families = await scrapeBank(bank);
  t.is(metricsPage(families), await readFile(METRICS_PAGE, 'utf8'), 'to update: npm run metrics');
});

for (const service of SERVICES) {
  test(`the metrics of ${service} follow the conventions of Prometheus`, async (t) => {
    const reply = await fetch(`${bank.adminUrl(service)}/metrics`);
    t.regex(reply.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    const promtool = process.env.TEST_PROMTOOL ?? 'promtool';
    const { exitCode, all } = await execa(promtool, ['check', 'metrics'], {
      input: await reply.text(),
      reject: false,
      all: true,
    });
    t.is(all, '');
    t.is(exitCode, 0);
  });
}
