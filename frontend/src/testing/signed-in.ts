import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { Browser } from './browser.ts';
import type { FakeBank } from './fake-bank.ts';
import { type RunningFrontend, startFrontend } from './start-frontend.ts';

export interface SignedIn {
  frontend: RunningFrontend;
  bank: FakeBank;
  browser: Browser;
}

type Options = Parameters<typeof startFrontend>[0] & { language?: string };

/** A frontend for one test, with a browser in which `username` is signed in. */
export async function signedIn(
  t: Pick<ExecutionContext, 'teardown'>,
  username = 'alice',
  options: Options = {},
): Promise<SignedIn> {
  const signedIn = await start(username, options);
  t.teardown(() => signedIn.frontend.close());
  return signedIn;
}

/** AVA's `test`, with a frontend for each test and a browser in which `username` is signed in. */
export function testSignedInAs(username: string): TestFn<SignedIn> {
  const test = anyTest as TestFn<SignedIn>;
  test.beforeEach(async (t) => {
    t.context = await start(username);
  });
  test.afterEach.always((t) => t.context.frontend.close());
  return test;
}

async function start(username: string, { language = 'en', ...options }: Options = {}): Promise<SignedIn> {
  const frontend = await startFrontend(options);
  const browser = new Browser(frontend.url, language);
  await browser.signIn(username);
  return { frontend, bank: frontend.bank, browser };
}
