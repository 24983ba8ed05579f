import type { Role } from '@guichet/contract';
import test from 'ava';
import { Browser, locationOf } from '../../testing/browser.ts';
import { PAGES, PEOPLE } from '../../testing/every-page.ts';
import { beneficiaries } from '../../testing/fixtures.ts';
import { privateWordIn } from '../../testing/private-words.ts';
import { type PageForm, readForms } from '../../testing/read-forms.ts';
import { startFrontend } from '../../testing/start-frontend.ts';

const frontend = await startFrontend();
test.after.always(() => frontend.close());

/** Not followed: they would end the session, or stream forever. */
const NOT_FOLLOWED = /^\/(?:logout|live|logs\/stream|assets)/;

test('the private words are found however an address encodes them', (t) => {
  for (const address of [
    '/logs?q=Zo%C3%A9+Lef%C3%A8vre',
    '/logs?user=alice',
    '/login?next=%2Flogs%3Fq%3DLef%25C3%25A8vre',
    '/accounts?q=fr7630006000011234567890189',
    '/inbox?min=840.00&amp;max=',
    '/forgot?email=bruno%40example.org',
    '/logs?q=192.0.2.14',
  ])
    t.not(privateWordIn(address), null, address);
  for (const address of ['/operations/0192f000-0000-7003-8000-000000084000', '/logs?search=aliceX-Martin_'])
    t.is(privateWordIn(address), null, address);
});

for (const [visitor, paths] of Object.entries(PAGES) as [Role | 'visitor', string[]][]) {
  test(`no link, form or redirect of the pages of a ${visitor} has anything private in its address`, async (t) => {
    t.timeout(600_000);
    const browser = new Browser(frontend.url);
    if (visitor !== 'visitor') await browser.signIn(PEOPLE[visitor]);
    const faults = new Set<string>();
    const waiting = [...paths];
    const seen = new Set<string>();
    const meet = (address: string, where: string): void => {
      const word = privateWordIn(address);
      if (word !== null) faults.add(`${where}: ${address} has ${word}`);
      if (address.startsWith('/') && !NOT_FOLLOWED.test(address) && !isNarrow(address))
        waiting.push(address.split('#')[0] ?? '');
    };
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      if (seen.has(kindOf(path))) continue;
      seen.add(kindOf(path));
      const page = await browser.get(path);
      if (page.headers.location !== undefined) meet(locationOf(page), `redirect of ${path}`);
      for (const address of addressesIn(page.html)) meet(address, path);
      for (const form of readForms(page.html)) {
        const where = `form for ${form.action} on ${path}`;
        if (form.method === 'get') {
          const typed = Object.keys(form.typed);
          if (typed.length > 0) faults.add(`${where}: sends ${typed.join(', ')} in its address`);
          const said = Object.values(form.fields).find((value) => privateWordIn(value) !== null);
          if (said !== undefined) faults.add(`${where}: sends ${said} in its address`);
          continue;
        }
        const kind = `POST ${kindOf(form.action)} ${Object.keys(form.fields).sort().join()}`;
        if (form.method !== 'post' || NOT_FOLLOWED.test(form.action) || seen.has(kind)) continue;
        seen.add(kind);
        const reply = await browser.post(form.action, fill(form));
        t.not(reply.status, 403, where);
        if (reply.headers.location !== undefined) meet(locationOf(reply), where);
      }
    }
    t.deepEqual([...faults], []);
    t.true(seen.size > paths.length, `${seen.size} were seen`);
  });
}

/** Every link of the charts adds a filter to the log: pages with many of them have no other links, but there are thousands. */
function isNarrow(address: string): boolean {
  const { pathname, searchParams } = new URL(address, 'http://nowhere');
  return pathname.startsWith('/logs') && new Set(searchParams.keys()).size > 2;
}

/** Pages that differ in an id or in what a filter says are alike. */
function kindOf(address: string): string {
  const [path = '', query = ''] = address.split('?');
  const names = [...new URLSearchParams(query).keys()].sort().join();
  return `${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id')}?${names}`;
}

function addressesIn(html: string): string[] {
  const found = html.matchAll(
    /\s(?:href|action|formaction|src|data-[\w-]+)="((?:\/|https?:)[^"]*)"|name="next" value="([^"]*)"/g,
  );
  return [...found].map(([, address, next]) => (address ?? next ?? '').replaceAll('&amp;', '&'));
}

/** Private words in every field that is typed into. */
function fill({ fields, typed }: PageForm): Record<string, string> {
  const filled = { ...fields };
  for (const [name, type] of Object.entries(typed)) {
    if (type === 'date') filled[name] = '2026-11-20';
    else if (type === 'password') filled[name] = 'correct horse battery';
    else if (/email/.test(name)) filled[name] = 'alice@example.org';
    else if (/iban/.test(name)) filled[name] = beneficiaries[0]?.iban ?? '';
    else if (/amount|^min|^max|overdraft|^day|^operation/.test(name)) filled[name] = '840.00';
    else if (/^user/.test(name)) filled[name] = 'alice';
    else filled[name] = 'Zoé Lefèvre';
  }
  return filled;
}
