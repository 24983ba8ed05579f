import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import test from 'ava';
import { sessionOpener } from './cookie.ts';

const settings = {
  PUBLIC_URL: 'http://localhost',
  SESSION_SECRET: 'the first secret, long enough for sealing',
};
const SESSION_SECRET = 'the second secret, long enough for sealing';
const rotated = { ...settings, SESSION_SECRET, SESSION_SECRET_PREVIOUS: settings.SESSION_SECRET };

async function open(options: Parameters<typeof sessionOpener>[0], cookie = '') {
  const request = new IncomingMessage(new Socket());
  request.headers.cookie = cookie;
  const response = new ServerResponse(request);
  const { session, save } = await sessionOpener(options)(request, response);
  const saved = async () => {
    await save();
    return String(response.getHeader('set-cookie')).split(';')[0] ?? '';
  };
  return { session, saved };
}

test('a session survives the rotation of the secret, and is sealed with the new one when it is saved', async (t) => {
  const { session, saved } = await open(settings);
  session.csrf = 'a token';
  const before = await saved();
  const opened = await open(rotated, before);
  t.is(opened.session.csrf, 'a token');
  const after = await opened.saved();
  t.is((await open({ ...settings, SESSION_SECRET }, after)).session.csrf, 'a token');
  t.is((await open({ ...settings, SESSION_SECRET }, before)).session.csrf, undefined);
});
