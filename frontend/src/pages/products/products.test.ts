import test from 'ava';
import { household, savings } from '../../testing/answers/accounts.ts';
import { hiddenFields } from '../../testing/browser.ts';
import { problem } from '../../testing/messages.ts';
import { signedIn } from '../../testing/signed-in.ts';

const TYPED = { name: 'Livret Avenir', interest_rate: '2,75', overdraft_rate: '', minimum_balance: '100' };
const DATED = { ...TYPED, valid_from: '2027-02-01' };

test('the superuser sees each product with the rates of today and those to come', async (t) => {
  const { browser } = await signedIn(t, 'root');
  const { html } = await browser.get('/products');
  t.regex(html, /Livret Avenir/);
  t.regex(html, /2\.5% interest a year from €100\.00/);
  t.regex(html, /From 1 Jan 2027:<?[^<]* 2\.75% interest a year/);
  t.false(html.includes('From 1 Jul 2026'), 'earlier ones are on the page of the product');
  t.regex((await browser.get('/products/livret_a')).html, /From 1 Jul 2026/);
  t.is((await browser.get('/products/unknown')).status, 404);
});

test('rates are sent once, in basis points and minor units', async (t) => {
  const { bank, browser } = await signedIn(t, 'root');
  const { html } = await browser.get('/products/livret_a');
  const fields = { ...hiddenFields(html, '/products/livret_a'), ...DATED };
  const [first, second] = [
    await browser.post('/products/livret_a', fields),
    await browser.post('/products/livret_a', fields),
  ];
  t.deepEqual([first.headers.location, second.headers.location], ['/products', '/products']);
  const sent = bank.requests.filter(({ method }) => method === 'PUT');
  t.is(new Set(sent.map(({ headers }) => headers['idempotency-key'])).size, 1);
  t.deepEqual(sent[0]?.body, {
    name: 'Livret Avenir',
    type: 'savings',
    interest_rate: 275,
    overdraft_rate: 0,
    minimum_balance: 10_000,
    monthly_fee: 0,
    valid_from: '2027-02-01',
  });
});

test('what can’t be a rate, a code or a day is said at its field', async (t) => {
  const { bank, browser } = await signedIn(t, 'root');
  const errorsOf = async (path: string, typed: Record<string, string>) => {
    const { html } = await browser.follow(await browser.submit(path, typed));
    return ['code', 'name', 'interest_rate', 'valid_from'].filter((name) =>
      html.includes(`id="f-${name}-error"`),
    );
  };
  t.deepEqual(await errorsOf('/products/new', { ...DATED, code: 'Livret B', interest_rate: '101' }), [
    'code',
    'interest_rate',
  ]);
  t.deepEqual(await errorsOf('/products/livret_a', { ...DATED, name: '', valid_from: '' }), [
    'name',
    'valid_from',
  ]);
  bank.answerNext('PUT', '/api/products/livret_a', {
    status: 409,
    body: problem(409, 'rate_begins_in_past'),
  });
  t.deepEqual(await errorsOf('/products/livret_a', DATED), ['valid_from']);
});

test('an account shows its product, the rate and the interest so far; one without rates shows none', async (t) => {
  const { browser } = await signedIn(t);
  const { html } = await browser.get(`/accounts/${savings.id}`);
  t.regex(html, /Livret Avenir · Savings account/);
  t.regex(html, /Interest a year<\/dt><dd[^>]*>2\.5%/);
  t.regex(html, /Interest so far<\/dt><dd[^>]*>€284\.37/);
  const { html: current } = await browser.get(`/accounts/${household.id}`);
  t.false(current.includes('Interest so far'));
  t.false(current.includes('Overdraft interest a year'), 'it has no overdraft');
});

test('a new account can name a product, and is then of its type', async (t) => {
  const { bank, browser } = await signedIn(t);
  const { html } = await browser.get('/accounts/new');
  t.regex(html, /value="livret_a"/);
  const open = async (type: string) => {
    await browser.submit('/accounts/new', { type, name: 'Later', currency: 'EUR' });
    return bank.requests.findLast(({ method, path }) => method === 'POST' && path === '/api/accounts')?.body;
  };
  t.deepEqual(await open('livret_a'), {
    type: 'savings',
    product: 'livret_a',
    name: 'Later',
    currency: 'EUR',
  });
  t.deepEqual(await open('savings'), { type: 'savings', name: 'Later', currency: 'EUR' });
});
