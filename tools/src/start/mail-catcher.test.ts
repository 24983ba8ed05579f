import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort } from '@guichet/testing';
import test from 'ava';
import { mailCatcherPlan, makeMailFolder } from './processes.ts';

test('only the owner can read caught mail, and no other site can fetch it', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'guichet-mail-'));
  const folder = join(parent, 'mail');
  await makeMailFolder(folder);
  const ports = { smtp: await freePort(), mail_ui: await freePort() };
  const { program, args } = mailCatcherPlan(folder, ports);
  const catcher = spawn(program, args, { stdio: 'ignore' });
  t.teardown(async () => {
    catcher.kill('SIGKILL');
    await rm(parent, { recursive: true, force: true });
  });
  const host = `localhost:${ports.mail_ui}`;
  const get = (headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      request({ port: ports.mail_ui, host: '127.0.0.1', path: '/email', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });
  await eventually(() => get({ host }).catch(() => null));

  t.is(await get({ host }), 200);
  t.is(await get({ host: `127.0.0.1:${ports.mail_ui}`, origin: `http://127.0.0.1:${ports.mail_ui}` }), 200);
  for (const headers of [
    { host: 'rebound.example' },
    { host: `localhost.example:${ports.mail_ui}` },
    { host, origin: 'http://evil.example' },
    { host, origin: 'null' },
    { host, origin: 'http://localhost:1' },
  ])
    t.is(await get(headers), 403, JSON.stringify(headers));

  await sendMail(ports.smtp);
  const [caught = ''] = await eventually(async () => {
    const files = await readdir(folder);
    return files.length > 0 ? files : null;
  });
  t.is((await stat(join(folder, caught))).mode & 0o077, 0);
  t.is((await stat(folder)).mode & 0o777, 0o700);
});

/** One mail over SMTP, as the mailer sends it. */
async function sendMail(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  for (const line of [
    'EHLO x',
    'MAIL FROM:<a@example.org>',
    'RCPT TO:<b@example.org>',
    'DATA',
    'Subject: x\r\n\r\nx\r\n.',
    'QUIT',
  ]) {
    await once(socket, 'data');
    socket.write(`${line}\r\n`);
  }
  await once(socket, 'data');
  socket.destroy();
}
