import test from 'ava';
import { loadTranslations } from '../../i18n.ts';
import { createViews } from '../../rendering/views.ts';
import { household } from '../../testing/answers/accounts.ts';
import { Browser } from '../../testing/browser.ts';
import { buildAccount, buildEntries, buildUser } from '../../testing/fixtures.ts';
import { signedIn } from '../../testing/signed-in.ts';
import { statementCsv, statementFileName } from './statement-csv.ts';

const assets = { href: (name: string) => name, serve: (_ctx: unknown, next: () => Promise<void>) => next() };
const settings = {
  bankName: 'Guichet',
  timeZone: 'Europe/Paris',
  idleMinutes: 15,
  publicUrl: 'http://localhost',
};
const views = createViews(await loadTranslations(), assets, settings);
const alice = buildUser('alice', 'member');

test('amounts are in units with the decimals of the currency, and texts never start a formula', (t) => {
  for (const [currency, written] of [
    ['EUR', '-31.90'],
    ['JPY', '-3190'],
  ] as const) {
    const account = buildAccount(1, alice, { currency });
    const [entry] = buildEntries(2, account).slice(1);
    if (entry === undefined) return t.fail();
    const changes = { amount: -3_190, reference: '=SUM(A1)', posted_at: '2026-10-31T23:30:00.000Z' };
    const statement = {
      account,
      month: '2026-11',
      opening_balance: 0,
      closing_balance: 0,
      entries: [{ ...entry, ...changes }],
    };
    const [, line = ''] = statementCsv(statement, views, 'fr').split('\r\n');
    t.true(line.startsWith('2026-11-01,Virement,'), line);
    t.true(line.includes(`,'=SUM(A1),${written},`), line);
  }
});

test('the file’s name can’t leave its folder, turn around, or be long', (t) => {
  const name = (text: string) => statementFileName({ name: text }, '2026-10', views, 'en');
  t.is(name('Compte d’été'), 'Statement Compte d’été 2026-10.csv');
  t.is(name('../../etc/passwd'), 'Statement etc passwd 2026-10.csv');
  t.is(name('a\u202evsc.exe"\r\nX: y'), 'Statement a vsc.exe X y 2026-10.csv');
  t.is(name('...'), 'Statement 2026-10.csv');
  t.is([...name('💶'.repeat(100))].length, 'Statement  2026-10.csv'.length + 60);
});

test('the pages give the CSV in the reader’s language, with the account in the file’s name', async (t) => {
  const { frontend, browser } = await signedIn(t);
  const path = `/accounts/${household.id}/statement?month=2026-11&format=csv`;
  const { status, headers, html } = await browser.get(path);
  t.is(status, 200);
  t.is(headers['content-type'], 'text/csv; charset=utf-8');
  t.is(headers['content-disposition'], 'attachment; filename="Statement Household 2026-11.csv"');
  t.true(
    html.startsWith('Date,Type,Counterparty,IBAN,Reference,Amount,Balance,Currency\r\n'),
    html.slice(0, 80),
  );
  t.is((await new Browser(frontend.url).get(path)).status, 303);
});
