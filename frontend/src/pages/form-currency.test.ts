import type { Account } from '@guichet/contract/accounts';
import test from 'ava';
import { household } from '../testing/answers/accounts.ts';
import { postedTransfer } from '../testing/answers/operations.ts';
import { buildAccount, buildUser } from '../testing/fixtures.ts';
import { signedIn } from '../testing/signed-in.ts';
import type { RunningFrontend } from '../testing/start-frontend.ts';

const alice = buildUser('alice', 'member');
const yen = buildAccount(21, alice, { name: 'Tokyo', currency: 'JPY', balance: 120_000, available: 120_000 });
const dinars = buildAccount(22, alice, { name: 'Kuwait', currency: 'KWD', available: 9_500_250 });

/** The next page that lists the open accounts gets these. */
const offer = ({ bank }: RunningFrontend, ...items: Account[]) =>
  bank.answerNext('GET', '/api/accounts', { status: 200, body: { items, next: null } });

/** The part of the page with the field for the amount. */
const amountField = (html: string, id = 'f-amount') =>
  (html.split(`for="${id}"`)[1] ?? '').split('class="field"')[0] ?? '';

for (const [account, code, zero, keyboard] of [
  [household, 'EUR', '0.00', 'decimal'],
  [yen, 'JPY', '0', 'numeric'],
  [dinars, 'KWD', '0.000', 'decimal'],
] as const) {
  for (const path of [
    `/deposits/new?account=${account.id}`,
    `/withdrawals/new?account=${account.id}`,
    `/transfers/new?from=${account.id}`,
  ]) {
    test(`${path.split('?')[0]} is in ${code} for an account in ${code}`, async (t) => {
      const { frontend, browser } = await signedIn(t, 'alice');
      offer(frontend, household, yen, dinars);
      const field = amountField((await browser.get(path)).html);
      t.regex(field, new RegExp(`class="sr-only" data-currency>${code}<`), 'the label names it');
      t.regex(field, new RegExp(`aria-hidden="true" data-currency>${code}<`), 'the suffix shows it');
      t.true(field.includes(`placeholder="${zero}"`), field);
      t.true(field.includes(`inputmode="${keyboard}"`));
    });
  }
}

test('without a chosen account, no currency is assumed, and every option names its own', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  offer(frontend, household, yen);
  const { html } = await browser.get('/deposits/new');
  t.notRegex(amountField(html), /EUR|JPY|0\.00/);
  t.regex(html, /data-currency="JPY" data-zero="0">Tokyo \(JPY\) · JP¥120,000</);
  t.regex(html, /data-currency="EUR" data-zero="0\.00">Household \(EUR\)/);
});

test('with accounts in one currency, the form has it from the start', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  offer(frontend, yen, { ...yen, id: household.id });
  t.regex(amountField((await browser.get('/withdrawals/new')).html), /data-currency>JPY</);
});

for (const [account, amount, amountMinor] of [
  [household, '12.5', 1_250],
  [yen, '1500', 1_500],
  [yen, '¥1,234,567', 1_234_567],
  [dinars, '1.234', 1_234],
  [dinars, '12,5', 12_500],
] as const) {
  test(`${amount} from an account in ${account.currency} is ${amountMinor} minor units`, async (t) => {
    const { frontend, browser } = await signedIn(t, 'alice');
    await browser.get('/deposits/new');
    const page = await browser.get('/deposits/new');
    const hidden = [...page.html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
    offer(frontend, household, yen, dinars);
    await browser.post('/deposits/new', {
      ...Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value])),
      account_id: account.id,
      amount,
    });
    t.like(frontend.bank.requests.findLast(({ path }) => path === '/api/operations')?.body, {
      account_id: account.id,
      amount: amountMinor,
    });
  });
}

for (const [currency, typed, language, error] of [
  ['EUR', '1.005', 'en', 'Use at most 2 decimals, such as 1234.56.'],
  ['JPY', '12.5', 'en', 'Enter a whole amount, such as 1234.'],
  ['JPY', 'x', 'en', 'Enter an amount such as 1234.'],
  ['KWD', '1.2345', 'en', 'Use at most 3 decimals, such as 1234.567.'],
  ['KWD', '1,2345', 'fr', 'Saisissez 3 décimales au plus, par exemple 1234,567.'],
  ['JPY', '12,5', 'fr', 'Saisissez un montant sans décimales, par exemple 1234.'],
  ['JPY', '1000000000001', 'en', 'At most JP¥1,000,000,000,000.'],
] as const) {
  test(`an agent who sets ${typed} on an account in ${currency} reads in ${language} what is wrong`, async (t) => {
    const { frontend, browser } = await signedIn(t, 'bruno', { language });
    if (language === 'fr') await browser.submit('/language', { language, next: '/inbox' }, '/inbox');
    const account = buildAccount(1, alice, { currency });
    const path = `/accounts/${account.id}`;
    for (const [form, field] of [
      ['overdraft', 'overdraft'],
      ['limits', 'operation'],
      ['limits', 'day'],
    ] as const) {
      // The page, the form, and the page again.
      for (let page = 0; page < 3; page += 1)
        frontend.bank.answerNext('GET', `/api${path}`, { status: 200, body: account });
      const refused = await browser.submitRefused(`${path}/${form}`, { [field]: typed }, path);
      const shown = amountField(refused.html, `f-${field}`);
      t.true(shown.includes(error), shown);
      t.regex(shown, new RegExp(`data-currency>${currency}<`));
    }
  });
}

test('the form of a reversal shows the amount in its currency', async (t) => {
  const { frontend, browser } = await signedIn(t, 'bruno');
  const path = `/operations/${postedTransfer.id}`;
  const operation = { ...postedTransfer, amount: 84_000, currency: 'JPY' };
  frontend.bank.answerNext('GET', `/api${path}`, { status: 200, body: operation });
  t.regex((await browser.get(`${path}/reverse`)).html, /JP¥84,000</);
});

test('the filters of an account ask for amounts in its currency', async (t) => {
  const { frontend, browser } = await signedIn(t, 'alice');
  const path = `/accounts/${household.id}`;
  const account = { ...household, currency: 'JPY' };
  const sent = await browser.submit(path, { min_amount: '1.5' });
  frontend.bank.answerNext('GET', `/api${path}`, { status: 200, body: account });
  const { html } = await browser.follow(sent);
  t.regex(html, /id="filter-min_amount-error"[\s\S]*?Enter a whole amount, such as 1234\./);
  t.regex(html, /<option value="external_transfer"/, 'the types are offered');
});
