import { LANGUAGES } from '@guichet/contract';
import { MAIL_TEMPLATES } from '@guichet/contract/events';
import test from 'ava';
import { LETTERS } from '../fixtures.ts';
import { inScheme, previewPages } from './preview-pages.ts';

const show = previewPages(LETTERS);
const linksOf = (html: string) => [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link = '']) => link);

test('the list leads to every template in every language', (t) => {
  const links = linksOf(show('/').html);
  for (const template of Object.keys(MAIL_TEMPLATES)) {
    for (const language of LANGUAGES) t.true(links.includes(`/${language}/${template}`), template);
  }
});

test('each page shows its mails in light, in dark and as text, and all of its links lead to a page', (t) => {
  for (const template of Object.keys(MAIL_TEMPLATES)) {
    for (const language of LANGUAGES) {
      const { status, html } = show(`/${language}/${template}`);
      t.is(status, 200);
      t.true(html.includes('<pre'));
      const frames = linksOf(html).filter((link) => /\/(light|dark)$/.test(link));
      t.true(frames.length >= 2 && frames.length % 2 === 0, template);
      for (const link of linksOf(html)) t.is(show(link).status, 200, link);
    }
  }
});

test('a mail in a scheme has the dark styles always or never', (t) => {
  const light = show('/en/recover/0/light').html;
  const dark = show('/en/recover/0/dark').html;
  t.true(light.includes('@media not all') && dark.includes('@media all'));
  for (const html of [light, dark]) t.notRegex(html, /prefers-color-scheme|light dark/);
  t.throws(() => inScheme('<p>', 'dark'));
});

test('an address of no mail is answered as such', (t) => {
  for (const path of ['/de/recover', '/en/constructor', '/en/recover/9/light', '/en/recover/0/blue', '/x'])
    t.is(show(path).status, 404, path);
});
