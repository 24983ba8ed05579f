import type { Browser, Page } from 'playwright-core';

/** A browser context with its page; `consoleErrors` collects the errors in the console. */
export interface Visitor {
  page: Page;
  consoleErrors: string[];
}

export async function visit(
  browser: Browser,
  url: string,
  options: { width?: number; scheme?: 'light' | 'dark'; javaScriptEnabled?: boolean } = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    baseURL: url,
    locale: 'en-GB',
    viewport: { width: options.width ?? 1280, height: 900 },
    colorScheme: options.scheme ?? 'light',
    javaScriptEnabled: options.javaScriptEnabled ?? true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const consoleErrors: string[] = [];
  page.on('console', (message) => {
    // Chromium also reports 4xx pages here, and a refused form is one.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text()))
      consoleErrors.push(message.text());
  });
  page.on('pageerror', (error) => consoleErrors.push(String(error)));
  return { page, consoleErrors };
}

export async function signIn(
  { page }: Visitor,
  login: { username: string; password: string },
): Promise<void> {
  await page.goto('/login');
  await page.fill('input[name=username]', login.username);
  await page.fill('input[name=password]', login.password);
  await page.locator('main button[type=submit]').click();
  await page.waitForURL((url) => url.pathname !== '/login');
}

/** Whether the page is wider than the screen, so that it scrolls horizontally. */
export function overflows({ page }: Visitor): Promise<boolean> {
  return page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
}
