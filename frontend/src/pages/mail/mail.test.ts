import test from 'ava';
import { problem } from '../../testing/messages.ts';
import { signedIn } from '../../testing/signed-in.ts';

test('the superuser sees how many emails were not sent, and why', async (t) => {
  const { browser } = await signedIn(t, 'root');
  const { html } = await browser.get('/mail');
  t.regex(html, /May have been sent/);
  t.regex(html, /User unknown/);
  const one = await browser.get('/mail?like=2');
  t.false(one.html.includes('May have been sent'), 'only those of the reason');
  for (const path of ['/mail/x', '/mail/0', '/mail/99']) t.is((await browser.get(path)).status, 404, path);
});

test('the preview can run nothing, load nothing and lead nowhere', async (t) => {
  const { browser } = await signedIn(t, 'root');
  const page = await browser.get('/mail/1');
  t.regex(page.html, /<iframe [^>]*src="\/mail\/1\/preview"[^>]* sandbox[ >]/);
  const { headers } = await browser.get('/mail/1/preview');
  const policy = String(headers['content-security-policy']).split('; ');
  for (const rule of ["default-src 'none'", "form-action 'none'", "frame-ancestors 'self'", 'sandbox'])
    t.true(policy.includes(rule), rule);
});

test('an email is sent again or discarded, and a refusal is said on its page', async (t) => {
  const { browser, bank } = await signedIn(t, 'root');
  const again = await browser.submit('/mail/2/send-again', {}, '/mail/2');
  t.is(again.headers.location, '/mail');
  await browser.submit('/mail/2/discard', {}, '/mail/2/discard');
  const path = '/api/mail/dead-letters/1/send-again';
  bank.answerNext('POST', path, { status: 409, body: problem(409, 'already_sent') });
  const refused = await browser.follow(await browser.submit('/mail/1/send-again', {}, '/mail/1'));
  t.regex(refused.html, /This email was sent after all/);
  const posts = bank.requests.filter(({ method, path }) => method === 'POST' && path.startsWith('/api/mail'));
  t.deepEqual(
    posts.map((request) => request.path.split('/').slice(-2).join(' ')),
    ['2 send-again', '2 discard', '1 send-again'],
  );
});

test('emails are only discarded after a page that says it is final', async (t) => {
  const { browser, bank } = await signedIn(t, 'root');
  for (const path of ['/mail/2', '/mail?like=2'])
    t.notRegex((await browser.get(path)).html, /<form[^>]*discard/, path);
  for (const path of ['/mail/2/discard', '/mail/discard?like=2']) {
    const { html } = await browser.get(path);
    t.regex(html, /You can’t undo this/, path);
    t.regex(html, /User unknown/, path);
  }
  await browser.submit('/mail/discard', {}, '/mail/discard?like=2');
  const handled = bank.requests.find(({ method, path }) => method === 'POST' && path.startsWith('/api/mail'));
  t.regex(String(handled?.path), /discard$/);
  t.regex(JSON.stringify(handled?.body), /User unknown/);
  for (const path of ['/mail/discard', '/mail/discard?like=x', '/mail/99/discard'])
    t.is((await browser.get(path)).status, 404, path);
});

test('agents and members have no such page', async (t) => {
  for (const username of ['bruno', 'alice']) {
    const { browser } = await signedIn(t, username);
    for (const path of ['/mail', '/mail/1', '/mail/1/preview', '/mail/1/discard', '/mail/discard?like=1'])
      t.is((await browser.get(path)).status, 403, path);
  }
});
