import { request } from 'undici';

export interface Reply {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever fields it expects
  body: any;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** A user of the public API, with the tokens of the last login. */
export class Person {
  readonly origin: string;
  readonly username: string;
  readonly password: string;
  id = '';
  tokens: { access: string; refresh: string } | null = null;

  constructor(origin: string, username: string, password: string) {
    this.origin = origin;
    this.username = username;
    this.password = password;
  }

  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<Reply> {
    const reply = await request(this.origin + path, {
      method: method as 'GET',
      ...(signal === undefined ? {} : { signal }),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.tokens === null ? {} : { authorization: `Bearer ${this.tokens.access}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await reply.body.text();
    const isJson = /\bjson\b/.test(String(reply.headers['content-type']));
    return {
      status: reply.statusCode,
      body: isJson && text !== '' ? JSON.parse(text) : null,
      headers: reply.headers,
      text,
    };
  }

  get = (path: string) => this.ask('GET', path);
  /** Sends a file of XML. */
  send = (path: string, xml: string) => this.ask('POST', path, xml, { 'content-type': 'application/xml' });
  post = (path: string, body?: unknown, headers?: Record<string, string>, signal?: AbortSignal) =>
    this.ask('POST', path, body, headers, signal);
  put = (path: string, body?: unknown) => this.ask('PUT', path, body);
  patch = (path: string, body?: unknown) => this.ask('PATCH', path, body);
  delete = (path: string, body?: unknown) => this.ask('DELETE', path, body);

  /** Logs in and stores the tokens. @returns the whole reply */
  async logIn(password = this.password): Promise<Reply> {
    this.tokens = null;
    const reply = await this.post('/api/auth/login', { username: this.username, password });
    if (reply.status === 200) {
      this.tokens = { access: reply.body.access_token, refresh: reply.body.refresh_token };
      this.id = reply.body.user.id;
    }
    return reply;
  }
}
