import type { Browser, Page } from 'playwright-core';

/** A page of a new user of the browser, who has signed in; `complaints` collects the errors in the console. */
export async function signInWith(
  browser: Browser,
  url: string,
  options: { username?: string; javaScriptEnabled?: boolean } = {},
): Promise<{ page: Page; complaints: string[] }> {
  const { username = 'alice', javaScriptEnabled = true } = options;
  const context = await browser.newContext({ baseURL: url, locale: 'en-GB', javaScriptEnabled });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await signInOn(page, username);
  return { page, complaints };
}

export async function signInOn(page: Page, username: string): Promise<void> {
  if (new URL(page.url(), 'http://nowhere').pathname !== '/login') await page.goto('/login');
  await page.fill('[name=username]', username);
  await page.fill('[name=password]', 'correct horse battery');
  await page.locator('main button[type=submit]').click();
  await page.waitForURL((url) => url.pathname !== '/login');
}
