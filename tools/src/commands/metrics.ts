import { writeFile } from 'node:fs/promises';
import { runCli } from '@guichet/cli';
import { METRICS_PAGE, metricsPage } from '../monitoring/metrics-page.ts';
import { scrapeBank } from '../monitoring/scrape.ts';
import { startBank } from '../start/run-bank.ts';

// Starts a bank, scrapes the metrics of each process, and writes the page that lists them.
await runCli(async () => {
  const bank = await startBank();
  try {
    await writeFile(METRICS_PAGE, metricsPage(await scrapeBank(bank)));
  } finally {
    await bank.stop();
  }
  process.stdout.write(`Wrote ${METRICS_PAGE}\n`);
  return 0;
});
