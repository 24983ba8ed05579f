import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import Koa from 'koa';
import { request } from 'undici';
import { loadAssets } from './assets.ts';

const directory = mkdtempSync(join(tmpdir(), 'guichet-public-'));
writeFileSync(join(directory, 'manifest.json'), '{"app.css":"app.1f2e.css","favicon.svg":"favicon.3d.svg"}');
writeFileSync(join(directory, 'app.1f2e.css'), 'body{}');
writeFileSync(join(directory, 'app.1f2e.css.br'), 'brotli');
writeFileSync(join(directory, 'app.1f2e.css.gz'), 'gzip');
writeFileSync(join(directory, 'favicon.3d.svg'), '<svg/>');

const app = new Koa();
const assets = loadAssets(directory);
app.use(assets.serve);
const server = createServer(app.callback());
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
test.after.always(() => {
  server.close();
  server.closeAllConnections();
  rmSync(directory, { recursive: true });
});

test('an asset is cached for a year and sent in the best encoding', async (t) => {
  t.is(assets.href('app.css'), '/assets/app.1f2e.css');
  for (const [accepted, encoding, body] of [
    ['gzip, br', 'br', 'brotli'],
    ['gzip', 'gzip', 'gzip'],
    ['identity', undefined, 'body{}'],
  ] as const) {
    const answer = await request(url + assets.href('app.css'), { headers: { 'accept-encoding': accepted } });
    t.is(answer.statusCode, 200);
    t.is(answer.headers['content-encoding'], encoding);
    t.is(answer.headers['content-type'], 'text/css; charset=utf-8');
    t.regex(String(answer.headers['cache-control']), /max-age=31536000, immutable/);
    t.is(answer.headers.vary, 'Accept-Encoding');
    t.is(await answer.body.text(), body);
  }
});

test('an asset the browser already has is not sent again', async (t) => {
  const first = await request(url + assets.href('app.css'));
  await first.body.dump();
  const again = await request(url + assets.href('app.css'), {
    headers: { 'if-none-match': String(first.headers.etag) },
  });
  t.is(again.statusCode, 304);
  t.is(await again.body.text(), '');
});

test('only built files are served', async (t) => {
  for (const path of [
    '/assets/manifest.json',
    '/assets/../app.ts',
    '/assets/%2e%2e/app.ts',
    '/assets/app.css',
  ]) {
    const answer = await request(url + path);
    t.is(answer.statusCode, 404, path);
    await answer.body.dump();
  }
  t.is((await request(`${url}/favicon.ico`)).headers['content-type'], 'image/svg+xml; charset=utf-8');
});

test('rendering a page with an unknown asset throws', (t) => {
  t.throws(() => assets.href('other.css'), { message: /not among the built assets/ });
  t.throws(() => loadAssets(tmpdir()), { message: /npm run build/ });
});
