import { newId } from '@guichet/database';
import test from 'ava';
import { request } from 'undici';
import { createUnsubscribeToken } from '../../../packages/events/src/unsubscribe-token.ts';
import { eventsOf } from '../../../packages/outbox/src/row.ts';
import { codeNow, linkToken, PASSWORD, personWithTotp } from '../../../services/auth/src/fixtures.ts';
import {
  addPasskey,
  softwareAuthenticator,
} from '../../../services/auth/src/passkeys/software-authenticator.fixture.ts';
import { ACCOUNTS_ROWS } from '../access-matrix/accounts-rows.ts';
import { AUTH_ROWS } from '../access-matrix/auth-rows.ts';
import { LOGGING_ROWS } from '../access-matrix/logging-rows.ts';
import { MAILER_ROWS } from '../access-matrix/mailer-rows.ts';
import { contentOf } from '../access-matrix/send.ts';
import { emptyAccount, standingOrder, unique } from '../access-matrix/targets.ts';
import { openWorld } from '../access-matrix/world.ts';
import { EVERY_ROUTE } from './every-route.ts';

/** Routes whose requests leave no entry in the audit log, and why. */
const NOT_LOGGED: Readonly<Record<string, string>> = {
  'POST /api/auth/refresh':
    'goes on with a session whose LOGIN is logged; a token that is used twice is SESSION_REVOKED',
  'POST /api/auth/login/passkey/options': 'makes a challenge, which changes nothing until LOGIN',
  'POST /api/auth/passkeys/options': 'makes a challenge, which changes nothing until PASSKEY_ADDED',
  'POST /api/auth/step-up/options': 'makes a challenge, which changes nothing until the payment is requested',
  'POST /api/auth/step-up': 'confirms a payment whose request is logged; only a failure is logged',
  'POST /api/payees/verify': 'reads',
  'POST /internal/second-factor/verify': 'accounts logs the request that it confirms, and a wrong code',
  'POST /internal/tokens/introspect': 'reads',
};

interface Sent {
  token?: string | undefined;
  /** In place of `{id}`. */
  target?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

const world = await openWorld();
const { auth } = world;
test.after.always(() => world.close());

const lastLink = async (email: string | null, template?: string) =>
  linkToken(
    (await auth.mails(email ?? '')).findLast((mail) => template === undefined || mail.template === template),
  );

/** A request that succeeds, for each route that the access matrix sends none to. */
const REQUESTS: Readonly<Record<string, () => Promise<Sent>>> = {
  'POST /api/auth/login': async () => {
    const { username } = await auth.user();
    return { body: { username, password: PASSWORD } };
  },
  'POST /api/auth/login/second-factor': async () => {
    const { username, secret } = await personWithTotp(auth);
    const { body } = await auth.api.post('/api/auth/login', { username, password: PASSWORD });
    return { body: { sign_in: body.sign_in, totp: codeNow(auth, secret) } };
  },
  'POST /api/auth/login/passkey': async () => {
    const { authenticator } = await addPasskey(auth, (await auth.person()).token);
    const { challenge_id, options } = (await auth.api.post('/api/auth/login/passkey/options', {})).body;
    return { body: { challenge_id, credential: authenticator.sign(options) } };
  },
  'POST /api/auth/password/forgot': async () => ({ body: { email: (await auth.user()).email } }),
  'POST /api/auth/password/recover': async () => {
    const { email } = await auth.user();
    await auth.api.post('/api/auth/password/forgot', { email });
    return { body: { token: await lastLink(email), new_password: 'Nine yellow lanterns' } };
  },
  'POST /api/auth/profile/confirm-email': async () => {
    const { token } = await auth.person();
    const email = `${unique()}@example.org`;
    await auth.api.patch('/api/auth/profile', { email, current_password: PASSWORD }, { token });
    return { body: { token: await lastLink(email) } };
  },
  'POST /api/auth/profile/stop-email-change': async () => {
    const { token, email } = await auth.person();
    const wanted = { email: `${unique()}@example.org`, current_password: PASSWORD };
    await auth.api.patch('/api/auth/profile', wanted, { token });
    return { body: { token: await lastLink(email) } };
  },
  'PUT /api/auth/profile/mails': async () => ({
    token: (await auth.person()).token,
    body: { refused: ['decisions'] },
  }),
  'POST /api/auth/profile/mails/unsubscribe': async () => {
    const { id, mail_secret } = await auth.person();
    return { body: { token: createUnsubscribeToken(String(mail_secret), id, 'decisions') } };
  },
  'POST /api/auth/sessions/stop-sign-in': async () => {
    const person = await auth.person();
    const headers = { 'user-agent': 'Another/1.0', 'x-forwarded-for': '198.51.100.66' };
    await auth.api.post('/api/auth/login', { username: person.username, password: PASSWORD }, { headers });
    return { body: { token: await lastLink(person.email, 'new_device') } };
  },
  'POST /api/auth/totp/confirm': async () => {
    const { token } = await auth.person();
    const { secret } = (await auth.api.post('/api/auth/totp', { password: PASSWORD }, { token })).body;
    return { token, body: { code: codeNow(auth, secret) } };
  },
  'DELETE /api/auth/totp': async () => {
    const { token } = await personWithTotp(auth);
    return { token, body: { password: PASSWORD } };
  },
  'POST /api/auth/passkeys': async () => {
    const { token } = await auth.person();
    const { body } = await auth.api.post('/api/auth/passkeys/options', { password: PASSWORD }, { token });
    const credential = softwareAuthenticator(auth.deps.policy.publicUrl).create(body);
    return { token, body: { name: 'Phone', credential } };
  },
  'POST /api/standing-orders/{id}/resume': async () => {
    const member = await world.signedInUser('member');
    const target = await standingOrder(world, member);
    const path = `/api/standing-orders/${target}/pause`;
    await world.clients.accounts.post(path, undefined, { token: member.token });
    return { token: member.token, target };
  },
  'POST /api/auth/users/{id}/verify-name': async () => {
    const { id, token } = await auth.person();
    await auth.api.patch('/api/auth/profile', { first_name: 'Zoé', last_name: 'Martin' }, { token });
    return { token: (await world.signedInUser('agent')).token, target: id };
  },
  'DELETE /api/auth/users/{id}/second-factor': async () => {
    const { id } = await personWithTotp(auth);
    return { token: (await world.signedInUser('agent')).token, target: id };
  },
  'PUT /api/accounts/{id}/overdraft': async () => {
    const agent = await world.signedInUser('agent');
    const target = await world.bank.account(await world.signedInUser('member'), agent);
    return { token: agent.token, target, body: { amount: 100 } };
  },
  'POST /internal/people/{id}/leave': async () => {
    const member = await world.signedInUser('member');
    await emptyAccount(world, member);
    return { target: member.id, headers: { 'x-test-peer': 'auth' } };
  },
};

const ROWS = { auth: AUTH_ROWS, accounts: ACCOUNTS_ROWS, logging: LOGGING_ROWS, mailer: MAILER_ROWS };

/** Every route that may change something, with the names that it keeps from the first system. */
const changes = EVERY_ROUTE.filter(({ route }) => route.method !== 'GET').flatMap(({ service, route }) =>
  [route.path, ...(route.aliases ?? [])].map(
    (path) => [service, `${route.method} ${path.replace(/:(\w+)/g, '{$1}')}`] as const,
  ),
);

/** The request of the access matrix by a role that may make it. */
async function matrixRequest(service: keyof typeof ROWS, name: string): Promise<Sent> {
  const row = ROWS[service][name];
  if (row === undefined || 'peer' in row) throw new Error(`add a request to ${name} to this test`);
  const isDone = (status: number | undefined) => status !== undefined && status < 400;
  const role = (['member', 'agent', 'superuser'] as const).find((one) => 'open' in row || isDone(row[one]));
  if (role === undefined || ('open' in row && !isDone(row.open)))
    throw new Error(`add a request to ${name} that succeeds to this test`);
  const caller = await world.signedInUser(role);
  const target = (await row.target?.(world, caller)) ?? '';
  return {
    ...('open' in row ? {} : { token: caller.token }),
    target,
    body: await row.body?.(world, caller, target),
  };
}

/** The actions of the entries in the service's outbox that a request caused. */
async function actionsLogged(service: keyof typeof ROWS, correlationId: string): Promise<string[]> {
  if (service === 'mailer')
    return (await world.mailer.logged())
      .filter((event) => event.correlation_id === correlationId)
      .map(({ action }) => action);
  const db = { auth: auth.database.db, accounts: world.bank.owner, logging: null }[service];
  if (db === null) throw new Error('no route of logging changed anything when this was written');
  const rows = await db('outbox')
    .where('subject', 'like', 'log.%')
    .select('id', 'subject', 'payload', 'events');
  return rows
    .flatMap(eventsOf)
    .map(({ payload }) => JSON.parse(payload))
    .filter((event) => event.correlation_id === correlationId)
    .map(({ action }) => action);
}

for (const [service, name] of changes) {
  if (name in NOT_LOGGED) continue;
  test.serial(`${service}: an entry of the audit log follows ${name}`, async (t) => {
    const sent = await (REQUESTS[name]?.() ?? matrixRequest(service, name));
    const [method, template = ''] = name.split(' ');
    const correlationId = newId();
    const url = world.clients[service].origin + template.replace(/\{\w+\}/g, sent.target ?? '');
    const reply = await request(url, {
      method: method as 'POST',
      headers: {
        'x-request-id': correlationId,
        ...(sent.token === undefined ? {} : { authorization: `Bearer ${sent.token}` }),
        ...contentOf(sent.body).headers,
        ...sent.headers,
      },
      body: contentOf(sent.body).content,
    });
    const text = await reply.body.text();
    t.true(reply.statusCode < 400, `${reply.statusCode} ${text}`);
    const actions = await actionsLogged(service, correlationId);
    t.true(
      actions.length > 0,
      `${name} changed something, but no entry followed: log it, or say in NOT_LOGGED why there is none`,
    );
  });
}

test('every exception is a route', (t) => {
  const names: string[] = changes.map(([, name]) => name);
  const unknown = [...Object.keys(NOT_LOGGED), ...Object.keys(REQUESTS)].filter(
    (name) => !names.includes(name),
  );
  t.deepEqual(unknown, []);
});
