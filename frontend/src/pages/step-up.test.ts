import type { ExecutionContext } from 'ava';
import { household, savings } from '../testing/answers/accounts.ts';
import { CONFIRMED, factorsAnswer } from '../testing/answers/auth.ts';
import { pendingTransfer } from '../testing/answers/operations.ts';
import { Browser, hiddenFields, locationOf, type PageResponse } from '../testing/browser.ts';
import { fakeId } from '../testing/fixtures.ts';
import { problem } from '../testing/messages.ts';
import { type SignedIn, testSignedInAs } from '../testing/signed-in.ts';

// Confirming a payment with a passkey. The member of the fake bank has passkeys and no authenticator app.
const test = testSignedInAs('alice');
type Context = ExecutionContext<SignedIn>;

const json = { accept: 'application/json' };
const CREDENTIAL = {
  id: 'AAAA',
  rawId: 'AAAA',
  type: 'public-key',
  clientExtensionResults: {},
  response: {},
};
const CHALLENGE = fakeId(14, 2);
const SIGNED = { challenge_id: CHALLENGE, credential: JSON.stringify(CREDENTIAL) };
const MISFIT = /id="f-passkey-error"[\s\S]*You confirmed another amount or account number/;

const FORMS = {
  transfer: {
    form: '/transfers/review',
    from: '/transfers/new',
    fields: {
      kind: 'external',
      from_account_id: household.id,
      payee_name: 'Jan Peeters',
      payee_number: 'be68 5390 0754 7034',
      amount: '2 000,50',
    },
    payment: { amount: 200_050, currency: 'EUR', iban: 'BE68539007547034' },
  },
  withdrawal: {
    form: '/withdrawals/new',
    from: '/withdrawals/new',
    fields: { account_id: household.id, amount: '2 000,50', reference: 'Cash' },
    payment: { amount: 200_050, currency: 'EUR', iban: household.iban },
  },
} as const;
const KINDS = ['transfer', 'withdrawal'] as const;

const sent = ({ context: { bank } }: Context, path: string) =>
  bank.requests.filter((one) => one.method === 'POST' && one.path === path).map(({ body }) => body);

/** The form of a payment once accounts has required a second factor. */
async function asked(
  { context: { bank, browser } }: Context,
  kind: keyof typeof FORMS,
): Promise<PageResponse> {
  const { form, from, fields } = FORMS[kind];
  bank.answerNext('POST', '/api/operations', { status: 403, body: problem(403, 'totp_required') });
  return browser.submitRefused(form, fields, from);
}

/** The body that the script sends: the whole form as the page shows it, with changes. */
const whole = (kind: keyof typeof FORMS, { html }: PageResponse, changes: Record<string, string> = {}) => ({
  ...FORMS[kind].fields,
  ...hiddenFields(html, FORMS[kind].form),
  ...changes,
});

for (const kind of KINDS) {
  const { form, payment } = FORMS[kind];
  const options = `${form}/passkey-options`;

  test(`a ${kind} above the limit is confirmed with a passkey`, async (t) => {
    const { browser } = t.context;
    const page = await asked(t, kind);
    t.regex(page.html, new RegExp(`data-options="${options}" data-send-to="${form}"`));
    t.regex(page.html, /<script src="[^"]*passkeys\.js"/);
    t.notRegex(page.html, /name="totp"/);
    t.regex(page.html, /<noscript><p[^>]*>Only your passkey can confirm this, and passkeys need JavaScript/);
    const answer = await browser.post(options, whole(kind, page), json);
    t.is(answer.status, 200);
    t.like(JSON.parse(answer.html), { challenge_id: CHALLENGE, options: { userVerification: 'required' } });
    t.deepEqual(sent(t, '/api/auth/step-up/options'), [payment], 'what is signed');
    const done = await browser.post(form, whole(kind, page, SIGNED));
    t.is(locationOf(done), `/operations/${pendingTransfer.id}`);
    t.deepEqual(sent(t, '/api/auth/step-up'), [{ challenge_id: CHALLENGE, credential: CREDENTIAL }]);
    const request = sent(t, '/api/operations').at(-1) as Record<string, unknown>;
    t.like(request, { amount: payment.amount, step_up: CONFIRMED });
    t.false('totp' in request);
  });

  test(`a changed ${kind} is refused at the passkey, and can be confirmed as it is now`, async (t) => {
    const { browser, bank } = t.context;
    const page = await asked(t, kind);
    bank.answerNext('POST', '/api/operations', { status: 403, body: problem(403, 'invalid_totp') });
    const refused = await browser.post(form, whole(kind, page, { ...SIGNED, amount: '3000' }));
    t.regex(locationOf(refused), /\?draft=[\w-]{12}#error-summary$/);
    const shown = await browser.follow(refused);
    t.regex(shown.html, MISFIT);
    t.regex(shown.html, /<a [^>]*href="#f-passkey"/);
    t.regex(shown.html, /<title>Error:/);
    await browser.post(options, whole(kind, shown, { amount: '3000' }), json);
    t.deepEqual(sent(t, '/api/auth/step-up/options'), [{ ...payment, amount: 300_000 }]);
    t.is((await browser.post(form, whole(kind, shown, { ...SIGNED, amount: '3000' }))).status, 303);
    t.like(bank.carriedOut.at(-1)?.body, { amount: 300_000, step_up: CONFIRMED });
  });

  test(`a ${kind} that is sent again with a used signature leads to the outcome of the first`, async (t) => {
    const { browser, bank } = t.context;
    const page = await asked(t, kind);
    const fields = whole(kind, page, SIGNED);
    const first = await browser.post(form, fields);
    bank.answerNext('POST', '/api/auth/step-up', { status: 422, body: problem(422, 'invalid_passkey') });
    const second = await browser.post(form, fields);
    t.is(locationOf(second), locationOf(first));
    t.is(bank.carriedOut.length, 1);
  });

  test(`a ${kind} whose signature auth refuses asks for another one`, async (t) => {
    const { browser, bank } = t.context;
    const page = await asked(t, kind);
    for (const [status, code, text] of [
      [422, 'invalid_passkey', /This passkey couldn’t be verified/],
      [400, 'invalid_request', /Something in the form isn’t right/],
      [429, 'too_many_requests', /Too many requests/],
    ] as const) {
      bank.answerNext('POST', '/api/auth/step-up', { status, body: problem(status, code) });
      bank.answerNext('POST', '/api/operations', { status: 403, body: problem(403, 'totp_required') });
      const shown = await browser.follow(await browser.post(form, whole(kind, page, SIGNED)));
      t.regex(shown.html, text, code);
      t.regex(shown.html, /id="f-passkey-error"/, code);
    }
    bank.answerNext('POST', '/api/operations', { status: 403, body: problem(403, 'totp_required') });
    const none = await browser.follow(await browser.post(form, whole(kind, page, { credential: '[' })));
    t.regex(none.html, /id="f-passkey-error"/);
    t.is(bank.carriedOut.length, 0);
    for (const body of sent(t, '/api/operations')) t.false('step_up' in (body as object));
  });

  test(`the signature of a ${kind} is in no draft, address, page or retry`, async (t) => {
    const { browser, bank } = t.context;
    const page = await asked(t, kind);
    const secret = JSON.stringify({ ...CREDENTIAL, id: 'only-once' });
    const fields = whole(kind, page, { challenge_id: fakeId(14, 7), credential: secret });
    const leaks = new RegExp(`only-once|${fakeId(14, 7)}`);
    bank.answerNext('POST', '/api/operations', { status: 403, body: problem(403, 'invalid_totp') });
    const refused = await browser.post(form, fields);
    t.notRegex(locationOf(refused), leaks);
    t.notRegex((await browser.follow(refused)).html, leaks);
    const restore = bank.cutEvery('POST', '/api/operations');
    const lost = await browser.post(form, fields);
    restore();
    t.is(lost.status, 503);
    t.notRegex(lost.html, leaks);
    const retried = await browser.post(form, hiddenFields(lost.html, form));
    t.is(locationOf(retried), `/operations/${pendingTransfer.id}`);
    t.is(bank.carriedOut.length, 1);
  });

  test(`with a signature, the code of a ${kind} is not sent`, async (t) => {
    const { browser } = t.context;
    const page = await asked(t, kind);
    t.is((await browser.post(form, whole(kind, page, { ...SIGNED, totp: '123456' }))).status, 303);
    const request = sent(t, '/api/operations').at(-1) as Record<string, unknown>;
    t.is(request.step_up, CONFIRMED);
    t.false('totp' in request);
  });

  test(`no one else gets what to sign for a ${kind}, nor a form without its CSRF token`, async (t) => {
    const { browser, bank, frontend } = t.context;
    const page = await asked(t, kind);
    const { _csrf: _, ...without } = whole(kind, page) as Record<string, string>;
    t.is((await browser.post(options, without, json)).status, 403);
    const agent = new Browser(frontend.url);
    await agent.signIn('bruno');
    t.is((await agent.post(options, whole(kind, page), json)).status, 403, 'the token of another session');
    const own = hiddenFields((await agent.get('/profile')).html, '/profile');
    t.is((await agent.post(options, { ...whole(kind, page), ...own }, json)).status, 403, 'not a member');
    const stranger = new Browser(frontend.url);
    t.is((await stranger.post(options, whole(kind, page), json)).status, 403, 'signed out');
    const other = new Browser(frontend.url, 'en', 'http://evil.example');
    for (const [name, value] of browser.cookies) other.cookies.set(name, value);
    t.is((await other.post(options, whole(kind, page), json)).status, 403, 'another origin');
    t.deepEqual(sent(t, '/api/auth/step-up/options'), []);
    bank.answerNext('POST', '/api/auth/step-up/options', { status: 409, body: problem(409, 'no_passkey') });
    const none = await browser.post(options, whole(kind, page), json);
    t.deepEqual(JSON.parse(none.html), { code: 'no_passkey', text: 'You have no passkey.' });
  });

  test(`the errors of a ${kind} come before the passkey`, async (t) => {
    const { browser } = t.context;
    const page = await asked(t, kind);
    const answer = await browser.post(options, whole(kind, page, { amount: '12,345' }), json);
    t.deepEqual(JSON.parse(answer.html), { invalid: true });
    const account = kind === 'transfer' ? 'from_account_id' : 'account_id';
    const foreign = await browser.post(options, whole(kind, page, { [account]: fakeId(2, 99) }), json);
    t.deepEqual(JSON.parse(foreign.html), { invalid: true }, 'an account of another user');
    t.deepEqual(sent(t, '/api/auth/step-up/options'), []);
  });

  test(`a session that has ended meanwhile is reported to the script of a ${kind}`, async (t) => {
    const { browser, bank } = t.context;
    const page = await asked(t, kind);
    bank.answerNext('POST', '/api/auth/step-up/options', {
      status: 401,
      body: problem(401, 'unauthenticated'),
    });
    bank.answerNext('POST', '/api/auth/refresh', {
      status: 401,
      body: problem(401, 'invalid_refresh_token'),
    });
    const answer = await browser.post(options, whole(kind, page), json);
    t.is(answer.status, 401);
    t.deepEqual(JSON.parse(answer.html), { code: 'unauthenticated' });
  });

  test(`the form of a ${kind} offers what the user has`, async (t) => {
    const { bank } = t.context;
    const show = async (factors: { totp_enabled: boolean; passkeys: number }) => {
      bank.answerNext('GET', '/api/auth/profile', factorsAnswer(factors));
      const { html } = await asked(t, kind);
      const main = html.split('<main')[1] ?? '';
      return {
        code: /name="totp"/.test(main),
        passkey: /data-passkey="get"/.test(main),
        button: /<button class="[^"]*" type="submit">/.test(
          main.replaceAll(/<noscript>.*?<\/noscript>/gs, ''),
        ),
        warning: /Only your passkey can confirm this/.test(main),
      };
    };
    const both = await show({ totp_enabled: true, passkeys: 1 });
    t.deepEqual(both, { code: true, passkey: true, button: true, warning: false });
    const app = await show({ totp_enabled: true, passkeys: 0 });
    t.deepEqual(app, { code: true, passkey: false, button: true, warning: false });
    const none = await show({ totp_enabled: false, passkeys: 0 });
    t.deepEqual(none, { code: false, passkey: false, button: true, warning: false });
  });
}

test('a RIB is confirmed as the IBAN that accounts makes of it', async (t) => {
  const page = await asked(t, 'transfer');
  const rib = '30006 00001 12345678901 89';
  await t.context.browser.post(
    '/transfers/review/passkey-options',
    whole('transfer', page, { payee_number: rib }),
    json,
  );
  t.deepEqual(sent(t, '/api/auth/step-up/options'), [
    { amount: 200_050, currency: 'EUR', iban: 'FR7630006000011234567890189' },
  ]);
});

test('a saved payee is confirmed with the account number that was saved', async (t) => {
  const page = await asked(t, 'transfer');
  const fields = whole('transfer', page, { beneficiary: fakeId(7, 2) });
  await t.context.browser.post('/transfers/review/passkey-options', fields, json);
  t.like(sent(t, '/api/auth/step-up/options'), [{ iban: 'FR7630099000010000000009982' }]);
});

test('a transfer between own accounts has nothing to confirm', async (t) => {
  const page = await asked(t, 'transfer');
  const fields = whole('transfer', page, { kind: 'internal', to_account_id: savings.id, amount: '5' });
  const answer = await t.context.browser.post('/transfers/review/passkey-options', fields, json);
  t.deepEqual(JSON.parse(answer.html), { invalid: true });
});

test('before accounts requires it, nothing of it is shown', async (t) => {
  const { html } = await t.context.browser.get('/withdrawals/new');
  t.notRegex(html, /data-passkey|passkeys\.js|name="totp"/);
  t.deepEqual(
    t.context.bank.requests.filter(({ path }) => path === '/api/auth/profile'),
    [],
  );
});

test('the refusal is in French too', async (t) => {
  const { browser, bank } = t.context;
  await browser.submit('/language', { language: 'fr' }, '/profile');
  const page = await asked(t, 'withdrawal');
  t.regex(page.html, /Confirmer avec une clé d’accès/);
  bank.answerNext('POST', '/api/operations', { status: 403, body: problem(403, 'invalid_totp') });
  const refused = await browser.post('/withdrawals/new', whole('withdrawal', page, SIGNED));
  t.regex(
    (await browser.follow(refused)).html,
    /id="f-passkey-error"[\s\S]*Vous avez confirmé un autre montant/,
  );
});
