import test from 'ava';
import { deliveries, webhooks } from '../../testing/answers/webhooks.ts';
import { hiddenFields } from '../../testing/browser.ts';
import { problem } from '../../testing/messages.ts';
import { signedIn } from '../../testing/signed-in.ts';

const [shop, gone] = webhooks;
const page = `/security/webhooks/${shop?.id}`;
const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';

test('a webhook is created with its events, and its secret is shown until it is kept', async (t) => {
  const { bank, browser } = await signedIn(t);
  const { html } = await browser.get('/security/webhooks');
  const fields = hiddenFields(html, '/security/webhooks');
  const empty = await browser.post('/security/webhooks', { ...fields, url: '' });
  t.is(bank.carriedOut.length, 0);
  t.is(empty.status, 303);
  const url = 'https://hooks.example.com/a';
  const sent = await browser.post('/security/webhooks', {
    ...fields,
    url,
    description: '',
    event: 'account.credited',
  });
  t.deepEqual(bank.carriedOut[0]?.body, { url, events: ['account.credited'], description: null });
  const shown = await browser.get(String(sent.headers.location));
  t.true(shown.html.includes(SECRET));
  const { html: again } = await browser.get(String(sent.headers.location));
  const forget = /action="(\/security\/shown\/forget[^"]*)"/.exec(again)?.[1] ?? '';
  const forgotten = await browser.post(forget, hiddenFields(again, forget));
  t.is(forgotten.headers.location, page);
  t.false((await browser.get(String(sent.headers.location))).html.includes(SECRET));
});

test('an address that is refused is named at its field', async (t) => {
  const { bank, browser } = await signedIn(t);
  const { html } = await browser.get('/security/webhooks');
  bank.answerNext('POST', '/api/webhooks', { status: 422, body: problem(422, 'unsafe_url') });
  const refused = await browser.post('/security/webhooks', {
    ...hiddenFields(html, '/security/webhooks'),
    url: 'https://10.0.0.1/',
    event: 'operation.posted',
  });
  const shown = await browser.get(String(refused.headers.location));
  t.true(shown.html.includes('Webhooks can’t be sent to this address'));
  t.true(shown.html.includes('https://10.0.0.1/'), 'what was typed stays');
});

test('the page shows messages with their answers, and sends one again or tests', async (t) => {
  const { bank, browser } = await signedIn(t);
  const { html } = await browser.get(page);
  for (const text of ['3 attempts', 'answer 503', 'no answer in 15 seconds', 'Given up', 'Withheld'])
    t.true(html.includes(text), text);
  await browser.post(`${page}/send-again`, hiddenFields(html, `${page}/send-again`));
  t.is(bank.carriedOut[0]?.path, `/api/webhooks/${shop?.id}/send-again`);
  bank.answerNext('POST', `/api/webhooks/${shop?.id}/test`, {
    status: 200,
    body: {
      ...deliveries[1],
      status: 'dead',
    },
  });
  await browser.post(`${page}/test`, hiddenFields(html, `${page}/test`));
  t.true((await browser.get(page)).html.includes('didn’t acknowledge the test: no answer in 15 seconds'));
  const disabled = await browser.get(`/security/webhooks/${gone?.id}`);
  t.true(disabled.html.includes('Nothing is sent until a test succeeds'));
});

test('a webhook is deleted after a question', async (t) => {
  const { bank, browser } = await signedIn(t, 'bruno');
  const { html } = await browser.get(`${page}/delete`);
  const sent = await browser.post(`${page}/delete`, hiddenFields(html, `${page}/delete`));
  t.is(sent.headers.location, '/security/webhooks');
  t.true(
    bank.requests.some(({ method, path }) => method === 'DELETE' && path === `/api/webhooks/${shop?.id}`),
  );
});
