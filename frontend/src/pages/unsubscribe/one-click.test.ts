import test from 'ava';
import { request } from 'undici';
import { problem } from '../../testing/messages.ts';
import { startFrontend } from '../../testing/start-frontend.ts';

const frontend = await startFrontend();
test.after.always(() => frontend.close());
const API = '/api/auth/profile/mails/unsubscribe';
const used = () =>
  frontend.bank.requests.flatMap(({ path, body }) =>
    path === API ? [(body as { token: string }).token] : [],
  );
const send = (method: 'GET' | 'HEAD' | 'POST' | 'PUT', token: string, body?: string, type = FORM) =>
  request(`${frontend.url}/unsubscribe/one-click?token=${token}`, {
    method,
    ...(body === undefined ? {} : { body, headers: { 'content-type': type } }),
  });
const FORM = 'application/x-www-form-urlencoded';
const ONE_CLICK = 'List-Unsubscribe=One-Click';

test.serial('a mail program unsubscribes its user with one request, without a cookie', async (t) => {
  frontend.bank.answerNext('POST', API, { status: 200, body: { kind: 'decisions' } });
  const reply = await send('POST', 'decisions-t1', ONE_CLICK);
  t.is(reply.statusCode, 200);
  t.is(reply.headers['set-cookie'], undefined);
  t.is(await reply.body.text(), 'Unsubscribed\n');
  t.deepEqual(used(), ['decisions-t1']);

  frontend.bank.answerNext('POST', API, { status: 200, body: { kind: 'decisions' } });
  const parts =
    '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n';
  const multipart = await send('POST', 'decisions-t2', parts, 'multipart/form-data; boundary=b');
  t.is(multipart.statusCode, 200, 'the other form that RFC 8058 allows');
});

test.serial('a scanner that opens the address, or sends anything else, unsubscribes no user', async (t) => {
  const before = used().length;
  for (const method of ['GET', 'HEAD'] as const) {
    const opened = await send(method, 'decisions-t3');
    t.is(opened.statusCode, 303);
    t.is(opened.headers.location, '/unsubscribe?token=decisions-t3');
  }
  t.is((await send('POST', 'decisions-t3', '')).statusCode, 400);
  t.is((await send('POST', 'decisions-t3', 'a=b')).statusCode, 400);
  t.is((await send('POST', 'decisions-t3', JSON.stringify(ONE_CLICK), 'application/json')).statusCode, 415);
  t.is((await send('PUT', 'decisions-t3', ONE_CLICK)).statusCode, 405);
  t.is(used().length, before);
});

test.serial('a token that auth does not accept is refused', async (t) => {
  frontend.bank.answerNext('POST', API, { status: 400, body: problem(400, 'invalid_link') });
  t.is((await send('POST', 'made-up', ONE_CLICK)).statusCode, 400);
});
