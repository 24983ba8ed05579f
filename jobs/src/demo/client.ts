import { setTimeout as sleep } from 'node:timers/promises';
import type { Login } from './logins.ts';

/** The API refused a request; `code` is the code of the problem. */
export class ApiRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(request: string, status: number, code: string, title: string) {
    super(`${request} was refused: ${status} ${code} (${title})`);
    this.name = 'ApiRefusal';
    this.status = status;
    this.code = code;
  }
}

const USER_AGENT = 'Guichet demo';
const RETRY_FOR_MS = 20_000;

interface Tokens {
  access_token: string;
  refresh_token: string;
}

/** A client of the public API for one user; it has no token until it signs in. */
export class ApiClient {
  readonly #origin: string;
  #token: string | null = null;
  #refreshToken: string | null = null;

  constructor(origin: string) {
    this.#origin = origin;
  }

  static async signedIn(origin: string, login: Login): Promise<ApiClient> {
    const client = new ApiClient(origin);
    client.#take(await client.post<Tokens>('/api/auth/login', login));
    return client;
  }

  /** Gets the scopes that the user has now, for example since a second factor was set up. */
  async refresh(): Promise<void> {
    this.#take(await this.post<Tokens>('/api/auth/refresh', { refresh_token: this.#refreshToken }));
  }

  #take({ access_token, refresh_token }: Tokens): void {
    this.#token = access_token;
    this.#refreshToken = refresh_token;
  }

  get<T>(path: string): Promise<T> {
    return this.#request<T>('GET', path);
  }

  post<T>(path: string, body?: unknown): Promise<T> {
    return this.#request<T>('POST', path, body);
  }

  /** Sends a file of XML. */
  postXml<T>(path: string, xml: string): Promise<T> {
    return this.#request<T>('POST', path, xml, 'application/xml');
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return this.#request<T>('PUT', path, body);
  }

  delete(path: string): Promise<void> {
    return this.#request<void>('DELETE', path);
  }

  /**
   * Retries for up to 20 s while the bank is unavailable (503).
   * @throws ApiRefusal
   */
  async #request<T>(method: string, path: string, body?: unknown, type = 'application/json'): Promise<T> {
    const end = Date.now() + RETRY_FOR_MS;
    for (;;) {
      const reply = await fetch(this.#origin + path, {
        method,
        headers: {
          'user-agent': USER_AGENT,
          ...(body === undefined ? {} : { 'content-type': type }),
          ...(this.#token === null ? {} : { authorization: `Bearer ${this.#token}` }),
        },
        body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      });
      const text = await reply.text();
      if (reply.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
      const problem = readProblem(text);
      // Users reach the other services as events, so accounts may not know a new agent yet.
      const maySucceedSoon = reply.status === 503 || problem.code === 'no_active_agent';
      if (!maySucceedSoon || Date.now() >= end) {
        throw new ApiRefusal(`${method} ${path}`, reply.status, problem.code, problem.title);
      }
      await sleep(150);
    }
  }
}

function readProblem(text: string): { code: string; title: string } {
  try {
    const { code = 'unknown', title = '', detail } = JSON.parse(text) as Record<string, string>;
    return { code, title: detail ? `${title}: ${detail}` : title };
  } catch {
    return { code: 'unknown', title: text.slice(0, 200) };
  }
}
