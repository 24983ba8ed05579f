import { newId } from '@guichet/database';
import { createUnsubscribeToken } from '@guichet/events';
import test from 'ava';
import { createTransport } from 'nodemailer';
import { buildMail, LETTERS } from '../fixtures.ts';
import { composeMail, UnsendableError } from './compose-mail.ts';

const options = { ...LETTERS, now: new Date('2026-01-02T03:04:05Z') };
const alice = { address: 'alice@example.org', name: 'Alice', language: 'en', user: null } as const;

async function headersOf(mail: ReturnType<typeof composeMail>): Promise<string[]> {
  const { message } = await createTransport({ streamTransport: true, buffer: true }).sendMail(mail);
  return (message as Buffer).toString('utf8').split('\r\n\r\n')[0]?.split('\r\n') ?? [];
}

test('a mail has a text and an HTML form, its own id, and the id of the request that caused it', async (t) => {
  const mail = buildMail({ id: newId() });
  const composed = composeMail(mail, alice, options);
  t.is(composed.messageId, `<${mail.id}@guichet.example>`);
  t.truthy(composed.text);
  t.truthy(composed.html);
  const headers = await headersOf(composed);
  t.true(headers.some((line) => /^X-Correlation-Id: request-1$/i.test(line)));
  t.true(headers.includes('Auto-Submitted: auto-generated'));
  t.true(headers.includes('To: Alice <alice@example.org>'));
  t.true(headers.includes('Date: Fri, 02 Jan 2026 03:04:05 +0000'));
});

test('a mail program can refuse decisions with one click, by a token of this user and kind', async (t) => {
  const user = { id: newId(), isActive: true, refuses: [], mailSecret: 's' };
  const data = { operation_id: newId(), type: 'deposit', status: 'posted', amount: 1, currency: 'EUR' };
  const compose = (template: string, publicUrl: string) =>
    headersOf(
      composeMail(
        buildMail({ template, data: template === 'activated' ? {} : data }),
        { ...alice, user },
        { ...options, bank: { name: 'Guichet', publicUrl } },
      ),
    ).then((lines) => lines.join('\n').replace(/\n[ \t]+/g, ' '));
  const token = createUnsubscribeToken('s', user.id, 'decisions');
  const secure = await compose('operation_decided', 'https://bank.example');
  t.true(secure.includes(`List-Unsubscribe: <https://bank.example/unsubscribe/one-click?token=${token}>`));
  t.true(secure.includes('List-Unsubscribe-Post: List-Unsubscribe=One-Click'));
  const plain = await compose('operation_decided', 'http://bank.example');
  t.true(plain.includes(`List-Unsubscribe: <http://bank.example/unsubscribe?token=${token}>`));
  t.false(plain.includes('List-Unsubscribe-Post'), 'RFC 8058 needs HTTPS');
  t.notRegex(await compose('activated', 'https://bank.example'), /List-Unsubscribe/i);
});

test('no name can add a header or a recipient', async (t) => {
  for (const name of [
    'x\r\nBcc: eve@example.org',
    'x\nSubject: gift',
    'eve@example.org,',
    '"x" <eve@example.org>',
  ]) {
    const headers = await headersOf(composeMail(buildMail(), { ...alice, name }, options));
    t.false(headers.some((line) => /^(Bcc|Cc):/i.test(line)));
    t.is(headers.filter((line) => /^Subject:/i.test(line)).length, 1);
    const { address } = composeMail(buildMail(), { ...alice, name }, options).to as { address: string };
    t.is(address, alice.address);
  }
});

test('a mail to an invalid address cannot be sent', (t) => {
  for (const address of [
    '',
    'alice',
    'alice@',
    'a@b, eve@example.org',
    'a@b\r\nRCPT TO:<eve@example.org>',
    '<a@b>',
    `${'l'.repeat(65)}@example.org`,
    `ann@${'d'.repeat(64)}.org`,
    'élodie@example.org',
  ]) {
    t.throws(
      () => composeMail(buildMail(), { ...alice, address }, options),
      { instanceOf: UnsendableError },
      address,
    );
  }
});

test('a mail to an address that registration accepts is sent to its ASCII form', (t) => {
  for (const [address, written] of [
    ['a&b@example.org', 'a&b@example.org'],
    ['user@xn--h1alffa9f.xn--p1ai', 'user@xn--h1alffa9f.xn--p1ai'],
    ['user@bücher.example', 'user@xn--bcher-kva.example'],
  ] as const) {
    const { to } = composeMail(buildMail(), { ...alice, address }, options);
    t.is((to as { address: string }).address, written);
  }
});

test('a mail to an unconfirmed address contains nothing that a user typed', async (t) => {
  const lure = 'win.example/prize';
  const at = '2026-07-01T22:30:00.000Z';
  const decided = { operation_id: '019c', type: 'deposit', status: 'posted', amount: 1, currency: 'EUR' };
  for (const mail of [
    buildMail({
      template: 'registered',
      data: { link: 'https://bank.example/confirm-email?token=a', awaits: 'agent' },
    }),
    buildMail({ template: 'new_device', data: { at, ip: '192.0.2.1', user_agent: lure } }),
    buildMail({ template: 'token_created', data: { at, name: lure, expires_at: at } }),
    buildMail({
      template: 'operation_decided',
      data: { ...decided, account_name: lure, counterparty: lure },
    }),
  ]) {
    const { message } = await createTransport({ streamTransport: true, buffer: true }).sendMail(
      composeMail(mail, { ...alice, name: null }, options),
    );
    t.false((message as Buffer).toString('utf8').includes('win.example'), mail.template);
  }
});

test('a mail with an unknown template or missing data cannot be sent', (t) => {
  for (const mail of [buildMail({ template: 'constructor' }), buildMail({ template: 'recover', data: {} })]) {
    t.throws(() => composeMail(mail, alice, options), { instanceOf: UnsendableError });
  }
});
