import type { Page } from 'playwright-core';
import type { Person } from '../person.ts';
import type { CountedPage, Effort } from './counted-page.ts';
import { waitingFor } from './waiting-requests.ts';

const ROW = 'tbody a.row-link';
const APPROVE = 'form[action*="/approve"] button';
const APPROVE_SELECTED = 'button[name=decision][value=approve]';
const CONFIRM = 'form[action*="/inbox/decisions"] button[type=submit]';
const IBAN = 'DE89370400440532013000';

/** What the outcome page said of the bulk decision, and what it should have said. */
export interface Session {
  efforts: Effort[];
  said: string[];
  expected: string[];
}

interface Parties {
  agent: Person;
  colleague: Person;
}

/** Decides a full inbox, with the mouse or only with the keyboard. */
export async function runSession(
  counted: CountedPage,
  parties: Parties,
  means: 'mouse' | 'keyboard',
): Promise<Session> {
  const { page } = counted;
  const hand = means === 'mouse' ? mouse(counted) : keyboard(counted);
  const efforts: Effort[] = [];
  const measure = async (task: string, work: () => Promise<void>, from = '/inbox') => {
    if (from !== '') await page.goto(from);
    efforts.push(await counted.measure(task, work));
  };

  await measure('decide one from the list', async () => {
    await hand.open();
    await hand.approve();
  });
  await measure('open, decide and go on, 20 requests', async () => {
    await hand.open();
    for (let done = 0; done < 20; done += 1) await hand.approve();
  });
  await measure('find by IBAN', () => hand.find(IBAN));
  await measure('find by name', () => hand.find('Chloé'));

  let said: string[] = [];
  let expected: string[] = [];
  await page.goto('/inbox');
  await measure('select all on the page, confirm, read the outcome', async () => {
    await hand.chooseAll();
    // Meanwhile, a colleague decides some of them.
    const waiting = await waitingFor(parties.agent);
    const small = waiting.filter(({ amount }) => amount < 1_000_000);
    for (const { id } of small.slice(0, 5)) await parties.colleague.post(`/api/operations/${id}/approve`);
    expected = [
      `5 decided by ${parties.colleague.username}`,
      secondAgent(waiting.length - small.length),
      `${small.length - 5} posted`,
    ].filter((outcome) => !outcome.startsWith('0 '));
    await hand.confirm();
    said = await outcomesOn(page);
  });
  return { efforts, said, expected };
}

/** Decides more requests than a page of the list shows. */
export async function decideAllThatMatch(
  counted: CountedPage,
  count: number,
  large: number,
): Promise<Session> {
  const { page } = counted;
  await page.goto('/inbox');
  const effort = await counted.measure(`approve all ${count} that match, read the outcome`, async () => {
    await counted.click('a[href*="all=yes"][href*="decision=approve"]');
    await counted.click(CONFIRM);
  });
  return {
    efforts: [effort],
    said: await outcomesOn(page),
    expected: [secondAgent(large), `${count - large} posted`],
  };
}

const outcomesOn = (page: Page) => page.locator('main [role=status] li > :first-child').allInnerTexts();

const secondAgent = (count: number) => `${count} ${count === 1 ? 'needs' : 'need'} a second agent`;

function mouse(counted: CountedPage) {
  return {
    open: () => counted.click(ROW),
    approve: () => counted.click(APPROVE),
    find: async (text: string) => {
      await counted.click('#search', 'stays');
      await counted.type(text);
      await counted.press('Enter', 'loads');
      await counted.page.locator(ROW).first().waitFor();
    },
    chooseAll: async () => {
      await counted.click('[data-select-all]', 'stays');
      await counted.click(APPROVE_SELECTED);
    },
    confirm: () => counted.click(CONFIRM),
  };
}

function keyboard(counted: CountedPage) {
  return {
    open: async () => {
      await counted.tabTo('[data-desk] table *');
      await counted.press('j');
      await counted.press('o', 'loads');
    },
    approve: async () => {
      await counted.tabTo(APPROVE);
      await counted.press('Enter', 'loads');
    },
    find: async (text: string) => {
      await counted.tabTo('#search');
      await counted.type(text);
      await counted.press('Enter', 'loads');
      await counted.page.locator(ROW).first().waitFor();
    },
    chooseAll: async () => {
      await counted.tabTo('[data-select-all]');
      await counted.press('Space');
      await counted.press('a', 'loads');
    },
    confirm: async () => {
      await counted.tabTo(CONFIRM);
      await counted.press('Enter', 'loads');
    },
  };
}
