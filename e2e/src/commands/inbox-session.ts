import { isDeepStrictEqual, parseArgs } from 'node:util';
import { runCli, UserError } from '@guichet/cli';
import { launchChromium } from '@guichet/testing/chromium';
import { startBank } from '@guichet/tools';
import { signIn, visit } from '../browser.ts';
import { CountedPage, type Effort } from '../inbox-session/counted-page.ts';
import { decideAllThatMatch, runSession, type Session } from '../inbox-session/session.ts';
import { fillInbox, staff } from '../inbox-session/waiting-requests.ts';

const PAGE = 200;
const MOST = 1_000;

// An agent's session in Chromium with a full inbox: what each task takes. Exits with status 1 if an outcome page counts wrongly.
await runCli(async () => {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string', default: String(PAGE) },
      all: { type: 'string', default: String(MOST) },
    },
  });
  const [requests, all] = [Number(values.requests), Number(values.all)];
  if (!isBetween(requests, 40, PAGE) || !isBetween(all, PAGE + 1, MOST))
    throw new UserError(
      `Usage: npm run inbox-session -- [--requests N] [--all N], from 40 to ${PAGE} and from ${PAGE + 1} to ${MOST}`,
    );
  const bank = await startBank();
  const browser = await launchChromium();
  try {
    const parties = await staff(bank);
    let isHonest = true;
    const run = async (
      title: string,
      count: number,
      work: (page: CountedPage, large: number) => Promise<Session>,
    ) => {
      const large = await fillInbox(parties, count);
      const visitor = await visit(browser, bank.url);
      await signIn(visitor, parties.agent);
      const counted = new CountedPage(visitor.page);
      const reference = await referenceSeconds(counted);
      const session = await work(counted, large);
      report(title, reference, session.efforts);
      isHonest = checkOutcome(session) && isHonest;
      await visitor.page.context().close();
    };
    await run('with the mouse', requests, (page) => runSession(page, parties, 'mouse'));
    await run('with the keyboard', requests, (page) => runSession(page, parties, 'keyboard'));
    await run('with the mouse', all, (page, large) => decideAllThatMatch(page, all, large));
    return isHonest ? 0 : 1;
  } finally {
    await browser.close();
    await bank.stop();
  }
});

function isBetween(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}

/** Compares the outcome page with what was done. */
function checkOutcome({ said, expected }: Session): boolean {
  const agrees = isDeepStrictEqual([...said].sort(), [...expected].sort());
  console.log(`${agrees ? '✔' : '✘'} the outcome page says: ${said.join(', ')}`);
  if (!agrees) console.error(`✘ it should say: ${expected.join(', ')}`);
  return agrees;
}

/** The median of five loads of a small page. */
async function referenceSeconds(counted: CountedPage): Promise<number> {
  const seconds: number[] = [];
  for (let load = 0; load < 5; load += 1) {
    const effort = await counted.measure('', async () => void (await counted.page.goto('/profile')));
    seconds.push(effort.seconds);
  }
  return seconds.sort((a, b) => a - b)[2] ?? 0;
}

function report(title: string, reference: number, efforts: readonly Effort[]): void {
  console.log(`\n| ${title} | clicks | keys | loads | seconds | in loads of a small page |`);
  console.log('|---|--:|--:|--:|--:|--:|');
  for (const { task, clicks, keys, loads, seconds } of efforts) {
    const relative = (seconds / reference).toFixed(1);
    console.log(`| ${task} | ${clicks} | ${keys} | ${loads} | ${seconds.toFixed(1)} | ${relative} |`);
  }
  console.log(`A small page takes ${reference.toFixed(2)} s.`);
}
