import { type Browser, chromium } from 'playwright-core';

/** A headless Chromium from TEST_CHROMIUM or Debian's path; it connects only where a test sends it. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.TEST_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
