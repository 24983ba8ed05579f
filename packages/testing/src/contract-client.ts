import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { problems } from '@guichet/errors';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type Koa from 'koa';
import { request } from 'undici';

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document is walked by its own keys
type Json = any;

export interface ContractReply {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever fields it expects
  body: any;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

interface Asking {
  token?: string;
  headers?: Record<string, string>;
  /** Sent unchanged, instead of JSON. */
  raw?: string | Buffer;
}

export interface ContractClient {
  origin: string;
  /** The app's OpenAPI document. */
  document: Json;
  get(path: string, asking?: Asking): Promise<ContractReply>;
  post(path: string, body?: unknown, asking?: Asking): Promise<ContractReply>;
  put(path: string, body?: unknown, asking?: Asking): Promise<ContractReply>;
  patch(path: string, body?: unknown, asking?: Asking): Promise<ContractReply>;
  delete(path: string, body?: unknown, asking?: Asking): Promise<ContractReply>;
  /** Breaks every connection, including running requests, and accepts no more. */
  hangUp(): void;
  close(): Promise<void>;
}

/** Serves `app` on a free port and calls it over HTTP; each JSON reply is checked against the app's OpenAPI document. */
export async function contractClient(app: Koa, openapiPath: string): Promise<ContractClient> {
  const server = createServer(app.callback());
  // Longer than the client keeps a connection, so that the server never closes one during a request.
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const document = await (await request(origin + openapiPath)).body.text();
  const validator = validatorOf(document);

  async function ask(
    method: string,
    path: string,
    body: unknown,
    asking: Asking = {},
  ): Promise<ContractReply> {
    const sends = asking.raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const reply = await request(origin + path, {
      method: method as 'GET',
      headers: {
        ...(sends === undefined ? {} : { 'content-type': 'application/json' }),
        ...(asking.token === undefined ? {} : { authorization: `Bearer ${asking.token}` }),
        ...asking.headers,
      },
      ...(sends === undefined ? {} : { body: sends }),
    });
    const text = await reply.body.text();
    const isJson =
      String(reply.headers['content-type']).includes('json') &&
      !/ndjson/.test(String(reply.headers['content-type']));
    const parsed = isJson && text !== '' ? JSON.parse(text) : null;
    if (isJson) validator(method, path.split('?')[0] ?? path, reply.statusCode, parsed);
    return { status: reply.statusCode, body: parsed, headers: reply.headers, text };
  }

  return {
    origin,
    document: JSON.parse(document),
    get: (path, asking) => ask('GET', path, undefined, asking),
    post: (path, body, asking) => ask('POST', path, body, asking),
    put: (path, body, asking) => ask('PUT', path, body, asking),
    patch: (path, body, asking) => ask('PATCH', path, body, asking),
    delete: (path, body, asking) => ask('DELETE', path, body, asking),
    hangUp() {
      server.close();
      server.closeAllConnections();
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

// Replicas of one service share a document, which takes longer to compile than most tests take.
const validators = new Map<string, ReturnType<typeof replyValidator>>();

function validatorOf(document: string): ReturnType<typeof replyValidator> {
  const known = validators.get(document) ?? replyValidator(JSON.parse(document));
  validators.set(document, known);
  return known;
}

/** @throws if a reply does not match the document */
function replyValidator(document: Json) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'document', components: document.components });
  const compiled = new Map<string, ValidateFunction>();
  const templates = Object.keys(document.paths).map((template) => ({
    template,
    pattern: new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}/?$`),
  }));
  // A path without parameters takes precedence.
  templates.sort((a, b) => Number(a.template.includes('{')) - Number(b.template.includes('{')));

  return (method: string, path: string, status: number, body: unknown) => {
    const template = templates.find(
      (one) => one.pattern.test(path) && document.paths[one.template][method.toLowerCase()] !== undefined,
    )?.template;
    if (template === undefined) return;
    const operation = document.paths[template][method.toLowerCase()];
    const responses = operation.responses;
    const content = (responses[status] ?? responses.default).content;
    const schema = content?.[status >= 400 ? 'application/problem+json' : 'application/json']?.schema;
    if (schema === undefined) {
      throw new Error(`${method} ${template} does not declare a JSON body for ${status}`);
    }
    const key = `${method} ${template} ${status}`;
    if (status >= 400 && !isDeclared(body, responses[status]))
      throw new Error(`${key}: the route doesn't declare the refusal ${(body as { code: unknown }).code}`);
    let validate = compiled.get(key);
    if (validate === undefined) {
      validate = ajv.compile(
        JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"document#/components')),
      );
      compiled.set(key, validate);
    }
    if (!validate(body)) {
      const faults = ajv.errorsText(validate.errors, { separator: '\n  ' });
      throw new Error(`${key} breaks its contract:\n  ${faults}\n  ${JSON.stringify(body).slice(0, 600)}`);
    }
  };
}

/** Whether the document names the refusal's code for its status. Every route may give the shared ones. */
function isDeclared(body: unknown, response: { description: string } | undefined): boolean {
  const { code } = body as { code: string };
  return Object.hasOwn(problems, code) || response?.description.split(', ').includes(code) === true;
}
