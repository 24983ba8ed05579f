import { LANGUAGES, type Role } from '@guichet/contract';
import test from 'ava';
import { Browser } from '../testing/browser.ts';
import { PAGES, PEOPLE } from '../testing/every-page.ts';
import { startFrontend } from '../testing/start-frontend.ts';

const frontend = await startFrontend();
test.after.always(() => frontend.close());

/** The forms of a page that have fields which must be filled in. */
function formsToFill(html: string): { action: string; fields: string[]; isUpload: boolean }[] {
  return html
    .split('<form')
    .slice(1)
    .map((form) => form.split('</form>')[0] ?? '')
    .filter((form) => /^[^>]*method="post"/.test(form) && /<input[^>]*\srequired[\s>]/.test(form))
    .map((form) => ({
      action: (/^[^>]*action="([^"]*)"/.exec(form)?.[1] ?? '').replaceAll('&amp;', '&'),
      isUpload: /^[^>]*enctype="multipart/.test(form),
      fields: [
        ...form.matchAll(
          /<(?:input|select|textarea)(?![^>]*type="(?:hidden|radio|checkbox)")[^>]* name="([^"]+)"/g,
        ),
      ].map(([, name = '']) => name),
    }));
}

const withoutIds = (path: string) =>
  path.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id').replace(/\b(ids|link)=[\w-]+/, '$1=:$1');

for (const language of LANGUAGES) {
  test(`every form that is sent empty says in ${language} on top what is missing, and links to it`, async (t) => {
    const walked = new Set<string>();
    for (const [role, pages] of Object.entries(PAGES)) {
      const browser = new Browser(frontend.url, language);
      if (role !== 'visitor') await browser.signIn(PEOPLE[role as Role]);
      if (role !== 'visitor') await browser.submit('/language', { language }, '/profile');
      for (const path of pages) {
        const first = await browser.get(path);
        // A mailed link leads to the address of its page.
        const page = String(first.headers.location ?? path);
        for (const { action, fields, isUpload } of formsToFill((await browser.follow(first)).html)) {
          if (walked.has(withoutIds(action))) continue;
          walked.add(withoutIds(action));
          const empty = Object.fromEntries(fields.map((name) => [name, '']));
          const { html } = await (isUpload
            ? browser.follow(await browser.upload(action, {}, ''))
            : browser.submitRefused(action, empty, page));
          t.regex(html, language === 'fr' ? /<title>Erreur\u00a0: / : /<title>Error: /, action);
          t.is(html.split('id="error-summary"').length - 1, 1, action);
          const [summary = ''] = /<div[^>]* id="error-summary"[\s\S]*?<\/ul>/.exec(html) ?? [];
          t.regex(summary, /role="alert" tabindex="-1" autofocus/, action);
          const links = [...summary.matchAll(/<a [^>]*href="#([^"]+)"/g)].map(([, id = '']) => id);
          t.is(summary.split('<li>').length - 1, links.length, `${action}: every problem links to its field`);
          t.true(links.length > 0, action);
          for (const id of links) {
            const [element = ''] =
              new RegExp(`<(?:input|select|textarea)[^>]* id="${id}"[^>]*>`).exec(html) ?? [];
            t.regex(element, new RegExp(`aria-describedby="[^"]*\\b${id}-error\\b`), `${action} #${id}`);
            t.true(html.includes(`id="${id}-error"`), `${action} #${id}`);
          }
        }
      }
    }
    t.deepEqual([...walked].sort(), FORMS);
  });
}

/** So that no form is left out by mistake. */
const FORMS = [
  '/accounts/:id/name',
  '/accounts/:id/overdraft',
  '/accounts/new',
  '/agents/new',
  '/beneficiaries',
  '/deposits/new',
  '/forgot',
  '/inbox/decisions?decision=reject&ids=:ids',
  '/login',
  '/operations/:id/reject',
  '/operations/:id/reverse',
  '/payments/duplicates/:id/accept',
  '/payments/incoming',
  '/payments/suspense/:id/assign',
  '/payments/suspense/:id/return',
  '/products/livret_a',
  '/products/new',
  '/profile/email',
  '/profile/password',
  '/recover?link=:link',
  '/register',
  '/security/passkeys',
  '/security/passkeys/:id/remove',
  '/security/tokens',
  '/security/totp',
  '/security/totp/remove',
  '/security/webhooks',
  '/transfers/new',
  '/withdrawals/new',
];
