import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Language, Role } from '@guichet/contract';
import axe from 'axe-core';
import { transformSync } from 'esbuild';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { Browser as PlainBrowser } from '../testing/browser.ts';
import { PEOPLE } from '../testing/every-page.ts';

export type Visitor = Role | 'visitor';

/** A browser context in which the visitor is signed in. It signs in over HTTP, which is quicker than the form. */
export async function visitAs(
  browser: Browser,
  url: string,
  visitor: Visitor,
  language: Language,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<BrowserContext> {
  const plain = new PlainBrowser(url, language);
  if (visitor !== 'visitor') await plain.signIn(PEOPLE[visitor]);
  await plain.submit('/language', { language }, visitor === 'visitor' ? '/login' : '/profile');
  // Colours that are still changing would be measured half-way.
  const context = await browser.newContext({
    baseURL: url,
    locale: language,
    reducedMotion: 'reduce',
    ...options,
  });
  await context.addCookies([...plain.cookies].map(([name, value]) => ({ name, value, url })));
  return context;
}

const script = (path: string): string => readFileSync(path, 'utf8');
const LAYOUT = transformSync(
  script(fileURLToPath(new URL('../../assets/in-tests/layout-faults.ts', import.meta.url))),
  { loader: 'ts', format: 'iife', globalName: 'layout' },
).code;

/** What text and controls overlap or leave their places at `width`. */
export async function layoutFaultsAt(page: Page, width: number, height = 900): Promise<string[]> {
  await page.setViewportSize({ width, height });
  return page.evaluate(`(() => { ${LAYOUT}; return layout.layoutFaults(); })()`);
}

/** WCAG 2.2 A and AA, and what axe calls best practice. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe finds on the page, as "rule: selector". */
export async function violations(page: Page): Promise<string[]> {
  const options = {
    resultTypes: ['violations'],
    runOnly: RULES,
    rules: { 'target-size': { enabled: true } },
  };
  return page.evaluate(`(async () => {
    if (window.axe === undefined) { ${axe.source} }
    const { violations } = await axe.run(document, ${JSON.stringify(options)});
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => id + ': ' + node.target.join(' ') + node.failureSummary));
  })()`);
}
