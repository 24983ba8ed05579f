import { eventually } from '@guichet/testing';
import { launchChromium } from '@guichet/testing/chromium';
import type { RunningBank } from '@guichet/tools';
import { signIn, visit } from '../browser.ts';
import { openFirstAccount } from '../first-account.ts';
import { mailTo } from '../mailbox.ts';
import type { Person } from '../person.ts';

/** Texts that a person typed or a token holds, and that no span may have. */
export const PLANTED = {
  payee: 'Energie du Rhone',
  payeeIban: 'DE89370400440532013000',
  reference: 'Planted reference 7731',
  search: 'planted-search-9912',
} as const;

export interface TracedTransfer {
  agent: Person;
  member: Person;
  operationId: string;
}

/** In a new bank, a member requests a transfer on the pages, and an agent approves it there; resolves when the member has the mail about it. */
export async function transferOnPages(bank: RunningBank): Promise<TracedTransfer> {
  const { agent, member, accountId } = await openFirstAccount(bank);
  const deposit = await member.post('/api/operations', {
    type: 'deposit',
    account_id: accountId,
    amount: 50_000,
  });
  await agent.post(`/api/operations/${deposit.body.id}/approve`);
  const mails = () => mailTo(bank.mailUrl, 'member@example.org');
  const isAbout = (words: RegExp) => mails().then((all) => all.some(({ subject }) => words.test(subject)));
  await eventually(() => isAbout(/deposit/i), 30_000);

  const browser = await launchChromium();
  try {
    const [members, agents] = await Promise.all([visit(browser, bank.url), visit(browser, bank.url)]);
    await signIn(members, member);
    const { page } = members;
    await page.goto(`/operations?q=${PLANTED.search}`);
    await page.goto('/transfers/new');
    await page.check('input[name=kind][value=external]');
    const account = page.locator('select[name=from_account_id] option[value]:not([value=""])').first();
    await page.selectOption('select[name=from_account_id]', (await account.getAttribute('value')) ?? '');
    await page.fill('input[name=payee_name]', PLANTED.payee);
    await page.fill('input[name=payee_number]', PLANTED.payeeIban);
    await page.fill('input[name=amount]', '86.40');
    await page.fill('input[name=reference]', PLANTED.reference);
    await page.locator('main form button[type=submit]').first().click();
    await page.locator('form[action="/transfers/review"] button[type=submit]').first().click();
    await page.waitForURL(/\/operations\//);
    const operationId = new URL(page.url()).pathname.split('/').at(-1) ?? '';

    await signIn(agents, agent);
    await agents.page.goto(`/operations/${operationId}`);
    await agents.page.getByRole('button', { name: 'Approve' }).first().click();
    await eventually(
      async () => (await agent.get(`/api/operations/${operationId}`)).body.status === 'posted',
      30_000,
    );
    await eventually(() => isAbout(/transfer/i), 30_000);
    return { agent, member, operationId };
  } finally {
    await browser.close();
  }
}
