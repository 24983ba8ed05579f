import test from 'ava';
import { Browser } from '../../testing/browser.ts';
import { startFrontend } from '../../testing/start-frontend.ts';

test('the component page is only served where a setting says so', async (t) => {
  const [plain, developers] = await Promise.all([startFrontend(), startFrontend({ styleguide: true })]);
  t.teardown(() => Promise.all([plain.close(), developers.close()]));
  t.is((await new Browser(plain.url).get('/styleguide')).status, 404);
  const signedIn = new Browser(plain.url);
  await signedIn.signIn('root');
  t.is((await signedIn.get('/styleguide')).status, 404);
  const page = await new Browser(developers.url).get('/styleguide');
  t.is(page.status, 200);
  for (const part of [
    'button-danger',
    'table-stack',
    'summary-list',
    'timeline',
    'toast-success',
    '<dialog',
    'stepper',
  ])
    t.true(page.html.includes(part), part);
});
