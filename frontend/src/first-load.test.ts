import type { Role } from '@guichet/contract';
import test from 'ava';
import { request } from 'undici';
import { Browser } from './testing/browser.ts';
import { PAGES, PEOPLE } from './testing/every-page.ts';
import { startFrontend } from './testing/start-frontend.ts';

const FIRST_LOAD_BYTES_MAX = 60 * 1024;
/** Drawn on request, by a library of its own. */
const WITH_CHARTS = /\/charts\.[0-9a-f]+\.js$/;

/** The bytes that a browser receives as the body of a response. */
async function bytesOf(url: string, cookie = ''): Promise<{ bytes: number; text: string }> {
  const headers = { 'accept-encoding': 'gzip, deflate, br, zstd', 'sec-fetch-site': 'same-origin', cookie };
  const answer = await request(url, { headers });
  return {
    bytes: (await answer.body.arrayBuffer()).byteLength,
    text: answer.headers['content-encoding'] as string,
  };
}

/** The addresses of everything that a page loads by itself. */
function loadedBy(html: string): string[] {
  const addresses = [...html.matchAll(/(?:src|href)="(\/assets\/[^"#]+)/g)].map(
    ([, address = '']) => address,
  );
  return [...new Set(addresses)].filter((address) => !WITH_CHARTS.test(address));
}

for (const role of ['visitor', 'member', 'agent', 'superuser'] as const) {
  test(`the first load of every page of a ${role} is at most 60 kB, without charts`, async (t) => {
    const frontend = await startFrontend({ built: true });
    t.teardown(() => frontend.close());
    const browser = new Browser(frontend.url);
    if (role !== 'visitor') await browser.signIn(PEOPLE[role as Role]);
    const assets = new Map<string, number>();
    for (const path of PAGES[role]) {
      const { html } = await browser.get(path);
      const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      let total = (await bytesOf(frontend.url + path, cookie)).bytes;
      for (const address of loadedBy(html)) {
        if (!assets.has(address)) assets.set(address, (await bytesOf(frontend.url + address)).bytes);
        total += assets.get(address) ?? 0;
      }
      t.log(`${path}: ${(total / 1024).toFixed(1)} kB`);
      t.true(total <= FIRST_LOAD_BYTES_MAX, `${path}: ${total} bytes`);
    }
  });
}
