import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { PAGES } from './every-page.ts';

const ROUTES = join(import.meta.dirname, '..', 'pages');
/** Files, streams, an answer to scripts, a redirect and an email in a frame, not pages. */
const NO_PAGES = [
  '/accounts/:id/rib.pdf',
  '/logs/export',
  '/profile/data',
  '/logs/stream',
  '/live',
  '/session',
  '/inbox/next',
  '/mail/:id/preview',
];
/** Outcomes that only the form before them leads to, and the page for developers of the pages. */
const REACHED_OTHERWISE = [
  '/login/code',
  '/registered',
  '/forgot/sent',
  '/stop-email-change/done',
  '/stop-sign-in/done',
  '/unsubscribe/done',
  '/security/totp',
  '/security/recovery-codes',
  '/styleguide',
];

test('the list has every page whose path is written out in a route', async (t) => {
  const listed = Object.values(PAGES).flatMap((paths) => paths.map((path) => path.split('?')[0] ?? ''));
  const missing: string[] = [];
  for await (const file of glob('**/*routes.ts', { cwd: ROUTES })) {
    const source = await readFile(join(ROUTES, file), 'utf8');
    for (const [, path = ''] of source.matchAll(/router\.get\('([^']+)'/g)) {
      const pattern = new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`);
      if ([...NO_PAGES, ...REACHED_OTHERWISE].includes(path) || listed.some((one) => pattern.test(one)))
        continue;
      missing.push(path);
    }
  }
  t.deepEqual(missing, []);
});
