import { eventually } from '@guichet/testing';
import { launchChromium } from '@guichet/testing/chromium';
import type { RunningBank } from '@guichet/tools';
import type { ExecutionContext } from 'ava';
import { signIn, visit } from './browser.ts';
import { Person } from './person.ts';

/** The most that one page of the list shows. */
const ROWS_MAX = 200;

/** The charts of the log at the real services: what a bar says is what its list has. Nothing else may happen in the bank. */
export async function everyBarHasItsEntries(t: ExecutionContext, bank: RunningBank): Promise<void> {
  const browser = await launchChromium();
  t.teardown(() => browser.close());
  const [login] = bank.logins.agents;
  if (login === undefined) throw new Error('no agent');
  for (let tries = 0; tries < 2; tries += 1)
    await new Person(bank.url, `stranger${tries}`, 'Not the right password').logIn();
  const visitor = await visit(browser, bank.url);
  await signIn(visitor, login);
  const { page } = visitor;
  await eventually(async () => {
    await page.goto('/logs/dashboard?period=7d');
    return (await page.locator('#by-address [data-count="2"]').count()) === 1;
  });

  for (const path of ['/logs/dashboard?period=7d', '/logs/dashboard?period=30d&level=INFO']) {
    await page.goto(path);
    const bars: { chart: string; count: number; href: string }[] = await page.evaluate(`
      [...document.querySelectorAll('td[data-count]')].map((cell) => ({
        chart: cell.closest('table').id,
        count: Number(cell.dataset.count),
        href: cell.closest('tr').querySelector('a').getAttribute('href'),
      }))`);
    const drawn: Record<string, number> = await page.evaluate(`
      Object.fromEntries([...document.querySelectorAll('[data-bar]')].map((bar) => [bar.getAttribute('href'), Number(bar.dataset.total)]))`);
    for (const chart of ['series', 'by-action', 'by-service', 'by-outcome', 'by-agent', 'decisions'])
      t.true(
        bars.some((bar) => bar.chart === chart),
        `${path} ${chart}`,
      );
    for (const { chart, count, href } of bars) {
      if (chart === 'series') t.is(drawn[href], count, 'the drawing and its table agree');
      if (count > ROWS_MAX) continue;
      await page.goto(`${href}&rows=${ROWS_MAX}`);
      t.is(await page.locator('#rows tbody > tr').count(), count, `${chart} ${href}`);
    }
    t.true(bars.filter(({ count }) => count <= ROWS_MAX).length > 10);
  }
}
