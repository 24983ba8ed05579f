import { API_SERVICES, bodyBytesMax } from '@guichet/contract';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { ACCOUNTS_ROWS } from '../access-matrix/accounts-rows.ts';
import { AUTH_ROWS } from '../access-matrix/auth-rows.ts';
import { LOGGING_ROWS } from '../access-matrix/logging-rows.ts';
import { MAILER_ROWS } from '../access-matrix/mailer-rows.ts';
import type { Row } from '../access-matrix/row.ts';
import { openWorld, type SignedInUser } from '../access-matrix/world.ts';
import { type Json, valuesOf } from './values.ts';

/** Random requests per test. `npm test` sends few; set PROPERTY_RUNS for more. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 8);
const ROWS = { auth: AUTH_ROWS, accounts: ACCOUNTS_ROWS, logging: LOGGING_ROWS, mailer: MAILER_ROWS };

const world = await openWorld();
const agent = await world.signedInUser('agent');
const members = [await world.signedInUser('member'), await world.signedInUser('member')] as const;
const callers: Record<string, SignedInUser> = {
  member: members[0],
  agent,
  superuser: await world.signedInUser('superuser'),
};
const ids = [
  await world.bank.account(members[0], agent, 50_000),
  await world.bank.account(members[0], agent),
  await world.bank.account(members[1], agent, 50_000),
  ...members.map(({ id }) => id),
  (await world.auth.user({ status: 'pending' })).id,
];
const tally = { operations: 0, requests: 0 };
test.after.always(() => world.close());
test.after(() => console.info(`Properties: ${tally.operations} operations, ${tally.requests} requests`));

/** No schema can say which days lie ahead. */
const AHEAD = ['execute_on', 'first_on', 'last_on'];

function isDateOutOfRange(body: Json): boolean {
  const paths: string[] = (body?.errors ?? []).map(({ path }: { path: string }) => path);
  return paths.length > 0 && paths.every((path) => AHEAD.includes(path));
}

interface Sent {
  path: Record<string, Json>;
  query: Record<string, Json>;
  body: Json;
}

for (const service of API_SERVICES) {
  const { document } = world.clients[service];
  const values = valuesOf(document, ids);
  for (const [template, item] of Object.entries<Json>(document.paths)) {
    for (const [method, operation] of Object.entries<Json>(item)) {
      const name = `${method.toUpperCase()} ${template}`;
      // A stream never ends; its query is the same as in the other routes of the log.
      if (template.endsWith('/stream')) continue;
      const parameters: Json[] = operation.parameters;
      const schemaOf = (where: string) => {
        const own = parameters.filter((one) => one.in === where);
        return {
          type: 'object',
          properties: Object.fromEntries(own.map((one) => [one.name, one.schema])),
          required: own.filter((one) => one.required).map((one) => one.name),
          additionalProperties: false,
        };
      };
      // Only a cursor from a previous page is valid.
      const querySchema = schemaOf('query');
      const { cursor: _, ...withoutCursor } = querySchema.properties;
      const path = values.valid(schemaOf('path'));
      const query = values.valid({ ...querySchema, properties: withoutCursor });
      if (operation.requestBody?.content['application/xml'] !== undefined) {
        refusesAnyText(name, service, { template, method, operation });
        continue;
      }
      const bodySchema = operation.requestBody?.content['application/json'].schema;
      const body = bodySchema === undefined ? fc.constant(undefined) : values.valid(bodySchema);

      const send = async ({ path, query, body }: Sent) => {
        tally.requests += 1;
        const client = world.clients[service];
        const url =
          template.replace(/\{(\w+)\}/g, (_, key) => encodeURIComponent(path[key])) +
          (Object.keys(query).length === 0 ? '' : `?${new URLSearchParams(query)}`);
        const token = await tokenFor(ROWS[service][name]);
        const verb = method as 'post';
        const options = { token, headers: { 'x-forwarded-for': `192.0.2.${tally.requests % 250}` } };
        return method === 'get' ? client.get(url, options) : client[verb](url, body, options);
      };

      test.serial(`${name} accepts every valid request and replies as documented`, async (t) => {
        tally.operations += 1;
        const [good] = fc.sample(fc.record({ path, query, body }), { numRuns: 1, seed: 1 }) as [Sent];
        const blanks: [Sent][] = (bodySchema === undefined ? [] : values.holding(bodySchema, ' '))
          .filter((one) => values.isValid(bodySchema, one))
          .map((body) => [{ ...good, body }]);
        await fc.assert(
          fc.asyncProperty(fc.record({ path, query, body }), async (sent) => {
            const reply = await send(sent as Sent);
            checkReply(t, operation, reply, sent);
            if (!isDateOutOfRange(reply.body))
              t.not(
                reply.body?.code,
                'invalid_request',
                `${JSON.stringify(sent)} ${reply.text.slice(0, 400)}`,
              );
          }),
          { examples: blanks, numRuns: RUNS + blanks.length },
        );
      });

      const overlongBodies = (count: number) =>
        bodySchema === undefined ? [] : values.holding(bodySchema, marks(count));
      const hasStrings = [
        querySchema,
        schemaOf('path'),
        ...(bodySchema === undefined ? [] : [bodySchema]),
      ].some((schema) => values.holding(schema, 'x').length > 0);
      if (hasStrings)
        test.serial(`${name} refuses text that is too long in each of its strings`, async (t) => {
          const [good] = fc.sample(fc.record({ path, query, body }), { numRuns: 1, seed: 1 }) as [Sent];
          const refused = async (sent: Sent, status: number) => {
            const reply = await send(sent);
            checkReply(t, operation, reply, name);
            t.is(reply.status, status, JSON.stringify(Object.keys(sent.body ?? sent.query)));
          };
          for (const broken of values.holding(querySchema, marks(2_000)))
            await refused({ ...good, query: broken }, 400);
          for (const broken of values.holding(schemaOf('path'), marks(2_000)))
            await refused({ ...good, path: broken }, 404);
          const limit = bodyBytesMax(method.toUpperCase(), template);
          for (const broken of overlongBodies(7_000)) await refused({ ...good, body: broken }, 400);
          for (const broken of overlongBodies(48_000))
            await refused({ ...good, body: broken }, limit > 96 * 1024 ? 400 : 413);
        });

      const refusals = [
        ...(bodySchema === undefined ? [] : [fc.record({ path, query, body: values.invalid(bodySchema) })]),
        ...(Object.keys(querySchema.properties).length === 0
          ? []
          : [
              fc.record({
                path,
                query: values
                  .invalid(querySchema)
                  .filter((one) => isQuery(one) && !values.isValid(querySchema, asRead(one, querySchema))),
                body,
              }),
            ]),
      ];
      if (refusals.length === 0) continue;
      test.serial(`${name} refuses every invalid request`, async (t) => {
        await fc.assert(
          fc.asyncProperty(fc.oneof(...refusals), async (sent) => {
            const reply = await send(sent as Sent);
            checkReply(t, operation, reply, sent);
            t.is(reply.status, 400, `${JSON.stringify(sent)} ${reply.text.slice(0, 400)}`);
          }),
          { numRuns: RUNS },
        );
      });
    }
  }
}

/** A route that takes a file refuses whatever isn't one, and never fails. */
function refusesAnyText(
  name: string,
  service: keyof typeof ROWS & keyof typeof world.clients,
  { template, method, operation }: { template: string; method: string; operation: Json },
): void {
  test.serial(`${name} refuses every text that is no such file`, async (t) => {
    tally.operations += 1;
    const document = fc.string().map((text) => `<?xml version="1.0"?><Document>${text}</Document>`);
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), document), async (raw) => {
        tally.requests += 1;
        const token = await tokenFor(ROWS[service][name]);
        const headers = { 'content-type': 'application/xml' };
        const reply = await world.clients[service][method as 'post'](template, undefined, {
          token,
          raw,
          headers,
        });
        checkReply(t, operation, reply, raw);
        t.is(reply.status, 422, raw);
      }),
      { numRuns: RUNS },
    );
  });
}

/** Combining marks of two bytes each, the slowest input for normalization. */
function marks(count: number): string {
  return `a${'\u0316\u0301'.repeat(count / 2)}`;
}

/** Whether a query string can represent the value: only strings. */
function isQuery(value: Json): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((one) => typeof one === 'string')
  );
}

/** The query with its integers parsed as the service parses them. */
function asRead(query: Json, { properties }: Json): Json {
  return Object.fromEntries(
    Object.entries<string>(query).map(([key, text]) => [
      key,
      properties[key]?.type === 'integer' && /^(0|[1-9]\d*)$/.test(text) ? Number(text) : text,
    ]),
  );
}

async function tokenFor(row: Row | undefined): Promise<string> {
  const role =
    row !== undefined && 'scope' in row
      ? (['member', 'agent', 'superuser'] as const).find((one) => row[one] !== undefined)
      : 'member';
  let caller = callers[role ?? 'member'] as SignedInUser;
  const { status } = await world.clients.auth.get('/api/auth/users/validate-token', { token: caller.token });
  // An operation may have ended the caller's session.
  if (status !== 200) {
    caller = await world.signedInUser(role ?? 'member');
    callers[role ?? 'member'] = caller;
  }
  return caller.token;
}

function checkReply(t: ExecutionContext, operation: Json, reply: Json, sent: unknown): void {
  const about = `${JSON.stringify(sent)} ${reply.status} ${reply.text.slice(0, 400)}`;
  t.true(reply.status < 500, about);
  if (reply.status >= 400) t.is(reply.headers['content-type'], 'application/problem+json', about);
  else {
    const { content = {} } = operation.responses[reply.status] ?? t.fail(about);
    const [type] = String(reply.headers['content-type'] ?? '').split(';');
    t.true(type === '' ? Object.keys(content).length === 0 : content[type as string] !== undefined, about);
  }
}
