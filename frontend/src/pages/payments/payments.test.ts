import type { Operation } from '@guichet/contract/accounts';
import test, { type ExecutionContext } from 'ava';
import { paymentBatches, sentTransfer } from '../../testing/answers/payments.ts';
import { hiddenFields } from '../../testing/browser.ts';
import { fakeId } from '../../testing/fixtures.ts';
import { problem } from '../../testing/messages.ts';
import { signedIn } from '../../testing/signed-in.ts';

const [created, sent, settled] = paymentBatches;
const LIST = '/payments/batches';
const page = (batch: { id: string } | undefined) => `${LIST}/${batch?.id}`;
const asAgent = 'bruno';

test('the list has every batch, or those of one status', async (t) => {
  const { browser } = await signedIn(t, asAgent);
  const listed = async (query: string) => {
    const { html } = await browser.get(`${LIST}${query}`);
    return paymentBatches.filter((batch) => html.includes(`href="${page(batch)}"`));
  };
  t.deepEqual(await listed(''), paymentBatches);
  t.deepEqual(await listed('?status=sent'), [sent]);
  t.deepEqual(await listed('?status=lost'), paymentBatches);
});

test('an agent creates a batch after a confirmation, which is sent once', async (t) => {
  const { bank, browser } = await signedIn(t, asAgent);
  const confirm = await browser.get(`${LIST}/new`);
  const made = await browser.post(LIST, hiddenFields(confirm.html, LIST));
  t.is(made.headers.location, page(created));
  t.like(bank.carriedOut[0], { method: 'POST', path: '/api/payments/batches' });
  t.regex((await browser.follow(made)).html, /Batch created with 250 transfers/);

  bank.answerNext('POST', '/api/payments/batches', { status: 422, body: problem(422, 'nothing_to_send') });
  const again = await browser.get(`${LIST}/new`);
  const refused = await browser.follow(await browser.post(LIST, hiddenFields(again.html, LIST)));
  t.regex(refused.html, /No transfer to another bank is waiting/);
});

test('a batch offers its next step only, and its file', async (t) => {
  const { bank, browser } = await signedIn(t, asAgent);
  const offered = async (batch: { id: string } | undefined) => {
    const { html } = await browser.get(page(batch));
    return ['sent', 'settled', 'pain001.xml'].filter((path) =>
      html.includes(`href="${page(batch)}/${path}"`),
    );
  };
  t.deepEqual(await offered(created), ['sent', 'pain001.xml']);
  t.deepEqual(await offered(sent), ['settled', 'pain001.xml']);
  t.deepEqual(await offered(settled), ['pain001.xml']);
  t.is((await browser.get(`${page(created)}/settled`)).status, 303);
  for (const [batch, step] of [
    [created, 'sent'],
    [sent, 'settled'],
  ] as const) {
    const path = `${page(batch)}/${step}`;
    const { html } = await browser.get(path);
    t.is((await browser.post(path, hiddenFields(html, path))).headers.location, page(batch));
    t.true(bank.requests.some((one) => one.method === 'POST' && one.path === `/api${path}`));
  }
});

test('a refused step is said on the page', async (t) => {
  const { bank, browser } = await signedIn(t, asAgent);
  const path = `${page(created)}/sent`;
  const { html } = await browser.get(path);
  bank.answerNext('POST', `/api${path}`, { status: 409, body: problem(409, 'batch_not_created') });
  const shown = await browser.follow(await browser.post(path, hiddenFields(html, path)));
  t.regex(shown.html, /already been marked as sent/);
});

test('the transfers of a large batch are shown in parts', async (t) => {
  const { browser } = await signedIn(t, asAgent);
  const first = await browser.get(page(created));
  t.regex(first.html, /1 to 100 of 250/);
  t.regex(first.html, /from=101/);
  const last = await browser.get(`${page(created)}?from=201`);
  t.regex(last.html, /201 to 250 of 250/);
  t.notRegex(last.html, /rel="next"/);
});

test('the page of a transfer says how far it is, and offers no reversal; customers see no batch', async (t) => {
  const path = `/operations/${sentTransfer.id}`;
  const { browser: agent } = await signedIn(t, asAgent);
  const seen = await agent.get(path);
  t.regex(seen.html, /Sent to the other bank/);
  t.true(seen.html.includes(page(sent)));
  t.false(seen.html.includes(`${path}/reverse"`));
  const { browser: customer } = await signedIn(t);
  const own = await customer.get(path);
  t.regex(own.html, /Sent to the other bank/);
  t.false(own.html.includes(LIST));
  t.is((await customer.get(LIST)).status, 403);
});

const BATCH = fakeId(16, 7);
/** As accounts shows it to its customer; to agents with its batch. */
const returned: Operation = {
  ...sentTransfer,
  batch_id: null,
  created_at: '2026-11-18T08:00:00.000Z',
  decided_at: '2026-11-18T09:00:00.000Z',
  payment_status: 'returned',
  batched_at: '2026-11-18T15:00:00.000Z',
  sent_at: '2026-11-18T15:10:00.000Z',
  reversed_by_transfer_id: fakeId(3, 701),
  reversed_at: '2026-11-20T15:10:00.000Z',
};

async function signedInAs(t: ExecutionContext, username: string, language: string) {
  const signed = await signedIn(t, username);
  await signed.browser.submit('/language', { language, next: '/operations' }, '/operations');
  return signed;
}

for (const [language, told] of [
  [
    'en',
    {
      agent:
        /The money left the account.*Put into a batch for other banks.*See the batch.*Sent to the other bank 10 minutes later.*Returned by the other bank 2 days later.*See the return/,
      member:
        /The money left the account.*Ready to be sent to the other bank 6 hours later.*Sent to the other bank 10 minutes later.*Returned by the other bank 2 days later.*See the return/,
      waits: 'Waits to be sent to the other bank',
    },
  ],
  [
    'fr',
    {
      agent:
        /Le montant a quitté le compte.*Mis dans une remise aux autres banques.*Voir la remise.*Envoyé à l’autre banque 10 minutes plus tard.*Retourné par l’autre banque 2 jours plus tard.*Voir le retour/,
      member:
        /Le montant a quitté le compte.*Prêt à être envoyé à l’autre banque 6 heures plus tard.*Envoyé à l’autre banque 10 minutes plus tard.*Retourné par l’autre banque 2 jours plus tard.*Voir le retour/,
      waits: 'En attente d’envoi à l’autre banque',
    },
  ],
] as const) {
  test(`the timeline has each step to the other bank, and only agents the batch: ${language}`, async (t) => {
    const story = async (username: string, changes: object) => {
      const { bank, browser } = await signedInAs(t, username, language);
      const body = { ...returned, ...changes };
      bank.answerNext('GET', `/api/operations/${returned.id}`, { status: 200, body });
      const { html } = await browser.get(`/operations/${returned.id}`);
      const timeline = html.split('<ol class="timeline">')[1]?.split('</ol>')[0] ?? '';
      return { html, text: timeline.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ') };
    };
    const agents = await story(asAgent, { batch_id: BATCH });
    t.regex(agents.text, told.agent);
    t.true(agents.html.includes(`href="${LIST}/${BATCH}"`));
    const customers = await story('alice', {});
    t.regex(customers.text, told.member);
    t.false(customers.html.includes(LIST));
    t.false(/batch|remise/.test(customers.text), customers.text);
    const waiting = { payment_status: 'created', sent_at: null, reversed_by_transfer_id: null };
    const unsent = await story('alice', { ...waiting, reversed_at: null });
    t.true(unsent.text.trimEnd().endsWith(told.waits), unsent.text);
  });

  test(`lists say how far a transfer is on its way to the other bank: ${language}`, async (t) => {
    const listed = async (username: string, status: string) => {
      const { bank, browser } = await signedInAs(t, username, language);
      const items = [{ ...returned, payment_status: status }];
      bank.answerNext('GET', '/api/operations', { status: 200, body: { items, next: null } });
      return (await browser.get('/operations?status=posted')).html;
    };
    t.true((await listed('alice', 'created')).includes(told.waits));
    t.false((await listed(asAgent, 'created')).includes(told.waits));
    const sent = language === 'fr' ? 'Envoyé à l’autre banque' : 'Sent to the other bank';
    t.true((await listed('alice', 'sent')).includes(sent));
    t.true((await listed(asAgent, 'sent')).includes(sent));
  });
}
