import { newId } from '@guichet/database';
import { userMessage } from '@guichet/events';
import { buildUserEvent, eventually } from '@guichet/testing';
import test from 'ava';
import { buildMail, startTestMailer } from '../fixtures.ts';

const mailer = await startTestMailer();
const { client, records, deadLetters, addDeadMail } = mailer;
const token = mailer.tokens.issue({ role: 'superuser', username: 'root' });
const base = '/api/mail/dead-letters';
const DAY_MS = 86_400_000;

test.after.always(() => mailer.close());
test.afterEach.always(async () => {
  for (let next = await deadLetters.next(0); next !== null; next = await deadLetters.next(next.sequence))
    await deadLetters.remove(next.sequence);
});

const queued = async () => {
  const { manager } = await mailer.broker.whenReady();
  return (await manager.streams.info('MAIL')).state.messages;
};
const actions = async () => (await mailer.logged()).map(({ action }) => action);

test.serial('dead letters are listed page by page, oldest first, with their number', async (t) => {
  const ids = [
    await addDeadMail(),
    await addDeadMail({ cause: 'uncertain', reason: 'lost' }),
    await addDeadMail(),
  ];
  const first = await client.get(`${base}?limit=2`, { token });
  t.is(first.status, 200);
  t.deepEqual(
    first.body.items.map(({ id }: { id: string }) => id),
    ids.slice(0, 2),
  );
  t.is(first.body.total, 3);
  t.like(first.body.items[1], { template: 'activated', cause: 'uncertain', reason: 'lost', tries: 1 });
  const second = await client.get(`${base}?limit=2&cursor=${first.body.next}`, { token });
  t.deepEqual(
    second.body.items.map(({ id }: { id: string }) => id),
    ids.slice(2),
  );
  t.is(second.body.next, null);
  const lost = await client.get(`${base}?reason=lost`, { token });
  t.deepEqual(
    lost.body.items.map(({ id }: { id: string }) => id),
    [ids[1]],
  );
});

test.serial('agents and members may do nothing with them, and the attempt is logged', async (t) => {
  const id = await addDeadMail();
  for (const role of ['agent', 'member'] as const) {
    const other = mailer.tokens.issue({ role });
    for (const path of [base, `${base}/${id}`])
      t.like(await client.get(path, { token: other }), { status: 403, body: { code: 'forbidden' } });
    for (const path of [`${base}/${id}/send-again`, `${base}/${id}/discard`, `${base}/discard`])
      t.is((await client.post(path, { reason: 'x' }, { token: other })).status, 403, path);
  }
  t.true((await actions()).includes('ACCESS_DENIED'));
  t.not(await deadLetters.get(Number(id)), null);
});

test.serial('the preview has the mail in the recipient’s language, and no secret of its links', async (t) => {
  const user = buildUserEvent({
    email: 'zoe@example.org',
    first_name: 'Zoé',
    language: 'fr',
    email_confirmed: true,
  });
  const message = userMessage(user);
  await mailer.broker.publish({ ...message, payload: Buffer.from(JSON.stringify(message.payload)) });
  const mail = buildMail({
    template: 'recover',
    to: { user_id: user.id },
    data: { link: 'https://bank.example/recover?token=s3cret-token#s3cret' },
  });
  const id = await addDeadMail({}, mail);
  const reply = await client.get(`${base}/${id}`, { token });
  t.like(reply.body, { delivery: 'not_sent', is_expired: false });
  t.like(reply.body.preview, { to: 'zoe@example.org', language: 'fr' });
  t.regex(reply.body.preview.html, /<html/);
  t.regex(reply.body.preview.text, /Zoé/);
  t.true(reply.body.preview.text.includes('https://bank.example/recover?token=hidden'));
  t.false(reply.text.includes('s3cret'));
});

test.serial('no template shows a secret in its preview, wherever its link has it', async (t) => {
  const secret = `s3cret-${newId()}`;
  const links = [
    `https://bank.example/recover/${secret}`,
    `https://bank.example/x?a=${secret}`,
    `https://bank.example/#${secret}`,
  ];
  for (const template of [
    'registered',
    'agent_invited',
    'recover',
    'email_change',
    'email_change_requested',
    'new_device',
  ]) {
    for (const link of links) {
      const data = {
        link,
        awaits: 'link',
        role: 'agent',
        at: new Date().toISOString(),
        ip: null,
        user_agent: null,
      };
      const id = await addDeadMail({}, buildMail({ template, data }));
      const reply = await client.get(`${base}/${id}`, { token });
      t.not(reply.body.preview, null, template);
      t.false(reply.text.includes(secret), `${template} ${link}`);
    }
  }
});

test.serial('a mail whose link has stopped working says so', async (t) => {
  const data = { link: 'https://bank.example/recover?token=x' };
  const time = new Date(Date.now() - DAY_MS).toISOString();
  const id = await addDeadMail({}, buildMail({ template: 'recover', time, data }));
  const { body } = await client.get(`${base}/${id}`, { token });
  t.true(body.is_expired);
  t.is(body.expires_at, new Date(Date.parse(time) + 30 * 60_000).toISOString());
});

test.serial('a mail that can’t be read is shown without a preview', async (t) => {
  const id = await addDeadMail({ payload: Buffer.from('no mail').toString('base64'), cause: 'invalid' });
  t.like(await client.get(`${base}/${id}`, { token }), {
    status: 200,
    body: { preview: null, requested_at: null },
  });
});

test.serial(
  'sending again queues the mail once, permits one more attempt, and is logged with its actor',
  async (t) => {
    const mail = buildMail();
    await records.write(mail.id, { state: 'uncertain', claim: 'c', at: new Date().toISOString() }, 0);
    const id = await addDeadMail({ cause: 'uncertain' }, mail);
    t.is((await client.get(`${base}/${id}`, { token })).body.delivery, 'unknown');
    const before = await queued();
    const headers = { 'x-request-id': newId() };
    t.is((await client.post(`${base}/${id}/send-again`, undefined, { token, headers })).status, 204);
    t.is(await queued(), before + 1);
    t.is((await records.find(mail.id))?.state, 'released');
    t.is((await client.post(`${base}/${id}/send-again`, undefined, { token })).status, 404);
    t.is(await queued(), before + 1);
    const entry = (await mailer.logged()).find(
      ({ correlation_id }) => correlation_id === headers['x-request-id'],
    );
    t.like(entry, {
      action: 'MAIL_SENT_AGAIN',
      actor: { username: 'root' },
      data: { template: 'activated', code: 'uncertain' },
    });
  },
);

test.serial(
  'opening a dead letter is logged before it is shown, once for each reader, letter and hour',
  async (t) => {
    const id = await addDeadMail();
    const viewed = async () => (await mailer.logged()).filter(({ action }) => action === 'MAIL_VIEWED');
    const before = (await viewed()).length;
    const both = [1, 2].map(() => client.get(`${base}/${id}`, { token }));
    for (const { status } of await Promise.all(both)) t.is(status, 200);
    const entries = (await viewed()).length - before;
    t.true(entries === 1 || entries === 2, 'one, unless the hour has just ended');
    t.like((await viewed()).at(-1), { actor: { username: 'root' }, subject: { type: 'mail' } });
    await client.get(`${base}/${id}`, {
      token: mailer.tokens.issue({ role: 'superuser', username: 'other' }),
    });
    t.like((await viewed()).at(-1), { actor: { username: 'other' } });
    await client.get(`${base}/${Number(id) + 1}`, { token });
    t.like((await viewed()).at(-1), { actor: { username: 'other' } }, 'nothing was shown');
  },
);

test.serial('two clicks at the same time queue a mail once', async (t) => {
  const mail = buildMail();
  await records.write(mail.id, { state: 'uncertain', claim: 'c', at: new Date().toISOString() }, 0);
  const id = await addDeadMail({ cause: 'uncertain' }, mail);
  const before = await queued();
  const clicks = Array.from({ length: 5 }, () =>
    client.post(`${base}/${id}/send-again`, undefined, { token }),
  );
  const statuses = (await Promise.all(clicks)).map(({ status }) => status);
  t.true(statuses.includes(204), statuses.join());
  t.is(await queued(), before + 1);
  t.is(await deadLetters.get(Number(id)), null);
});

test.serial('a mail that was sent after all, or is being sent, is not sent again', async (t) => {
  for (const [state, code] of [
    ['sent', 'already_sent'],
    ['claimed', 'being_sent'],
  ] as const) {
    const mail = buildMail();
    const id = await addDeadMail({ cause: 'uncertain' }, mail);
    await records.write(mail.id, { state, claim: 'c', at: new Date().toISOString() }, 0);
    const before = await queued();
    t.like(await client.post(`${base}/${id}/send-again`, undefined, { token }), {
      status: 409,
      body: { code },
    });
    t.is(await queued(), before);
    t.not(await deadLetters.get(Number(id)), null);
  }
});

test.serial('a discarded mail is never sent, and its discarding is logged', async (t) => {
  const id = await addDeadMail();
  const before = await queued();
  t.is((await client.post(`${base}/${id}/discard`, undefined, { token })).status, 204);
  t.is((await client.post(`${base}/${id}/discard`, undefined, { token })).status, 404);
  t.is(await queued(), before);
  t.is((await actions()).at(-1), 'MAIL_DISCARDED');
});

test.serial('all mails of a reason are handled at once, and no others', async (t) => {
  const sent = buildMail();
  await records.write(sent.id, { state: 'sent', claim: 'c', at: new Date().toISOString() }, 0);
  await addDeadMail({ reason: 'quota' });
  await addDeadMail({ reason: 'quota' });
  await addDeadMail({ reason: 'quota' }, sent);
  const other = await addDeadMail({ reason: 'no such user' });
  const again = await client.post(`${base}/send-again`, { reason: 'quota' }, { token });
  t.deepEqual(again.body, { handled: 2, left: 1, more: false });
  const discarded = await client.post(`${base}/discard`, { reason: 'quota' }, { token });
  t.deepEqual(discarded.body, { handled: 1, left: 0, more: false });
  t.is((await deadLetters.next(0))?.sequence, Number(other));
});

test.serial('what is no dead letter is not found', async (t) => {
  for (const id of ['0', '1e3', '999999999999999', newId(), '..%2f']) {
    t.is((await client.get(`${base}/${id}`, { token })).status, 404, id);
    t.is((await client.post(`${base}/${id}/discard`, undefined, { token })).status, 404, id);
  }
});

test.serial('while NATS is down the requests are refused at once', async (t) => {
  await mailer.nats.kill();
  await eventually(() => !mailer.broker.ready());
  for (const path of [base, `${base}/1`])
    t.like(await client.get(path, { token }), { status: 503, body: { code: 'unavailable' } });
  await mailer.nats.start();
  await eventually(() => mailer.broker.ready());
});
