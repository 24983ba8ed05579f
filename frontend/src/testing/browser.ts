import { request } from 'undici';
import { SCRIPTS_COOKIE } from '../scripts-cookie.ts';

export interface PageResponse {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  html: string;
}

/** Where a response redirects to. */
export function locationOf({ headers }: Pick<PageResponse, 'headers'>): string {
  return String(headers.location);
}

/** The same without its fragment, which a browser never sends. */
export function addressOf(response: Pick<PageResponse, 'headers'>): string {
  return locationOf(response).split('#')[0] ?? '';
}

/** The hidden fields of the page's form for `path`, or of its first form with a key or token. */
export function hiddenFields(html: string, path: string): Record<string, string[]> {
  const forms = html.split('<form').slice(1);
  const attribute = path.replaceAll('&', '&amp;');
  const form =
    forms.find((one) => one.split('>')[0]?.includes(`action="${attribute}"`)) ??
    forms.find((one) => one.includes('name="idempotency_key"')) ??
    forms.find((one) => one.includes('name="_csrf"')) ??
    '';
  const fields: Record<string, string[]> = {};
  const inputs = (form.split('</form>')[0] ?? '').matchAll(
    /<input type="hidden" name="([^"]+)" value="([^"]*)"/g,
  );
  for (const [, name = '', value = ''] of inputs) {
    fields[name] = [...(fields[name] ?? []), value.replaceAll('&amp;', '&').replaceAll('&#39;', "'")];
  }
  return fields;
}

/** A minimal browser: keeps cookies and submits forms; does not follow redirects. */
export class Browser {
  readonly cookies = new Map<string, string>();
  private readonly origin: string;
  private readonly language: string;
  private readonly sentOrigin: string;

  /** `sentOrigin` is the address that the user sees, if a proxy is in front. */
  constructor(origin: string, language = 'en', sentOrigin = origin) {
    this.origin = origin;
    this.sentOrigin = sentOrigin;
    this.language = language;
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<PageResponse> {
    return this.#send('GET', path, headers);
  }

  async head(path: string): Promise<PageResponse> {
    return this.#send('HEAD', path, {});
  }

  /** Submits a form as a browser would, with the hidden fields of the page at `from`, which it loads first. */
  async submit(path: string, fields: Record<string, string | string[]>, from = path): Promise<PageResponse> {
    const page = await this.get(from);
    return this.post(path, { ...hiddenFields(page.html, path), ...fields });
  }

  async post(
    path: string,
    fields: Record<string, string | string[]>,
    headers: Record<string, string> = {},
  ): Promise<PageResponse> {
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(fields))
      for (const each of [value].flat()) form.append(name, each);
    return this.#send(
      'POST',
      path,
      { 'content-type': 'application/x-www-form-urlencoded', origin: this.sentOrigin, ...headers },
      form.toString(),
    );
  }

  /** Submits a form with a file, with the hidden fields of the page at `path`, which it loads first. */
  async upload(path: string, fields: Record<string, string>, file: string | Buffer): Promise<PageResponse> {
    const page = await this.get(path);
    const form = new FormData();
    for (const [name, values] of Object.entries(hiddenFields(page.html, path)))
      for (const value of values) form.append(name, value);
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob([file], { type: 'text/xml' }), 'file.xml');
    const encoded = new Response(form);
    const type = encoded.headers.get('content-type') ?? '';
    const body = Buffer.from(await encoded.arrayBuffer());
    return this.#send('POST', path, { 'content-type': type, origin: this.sentOrigin }, body);
  }

  /** The page that a redirect leads to; any other response as it is. */
  async follow(response: PageResponse): Promise<PageResponse> {
    const { location } = response.headers;
    return response.status === 303 ? this.get(String(location).split('#')[0] ?? '') : response;
  }

  /** Submits a form that is refused, and returns its page as it is shown again. */
  async submitRefused(
    path: string,
    fields: Record<string, string | string[]>,
    from = path,
  ): Promise<PageResponse> {
    return this.follow(await this.submit(path, fields, from));
  }

  async signIn(username: string, password = 'correct horse battery'): Promise<void> {
    const answer = await this.submit('/login', { username, password });
    if (answer.status !== 303) throw new Error(`${username} could not sign in: ${answer.status}`);
    // As where scripts run. Without it, each page counts what is new for its bell.
    this.cookies.set(SCRIPTS_COOKIE, 'yes');
  }

  /** The Cookie header that the browser sends. */
  get cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async #send(
    method: 'GET' | 'HEAD' | 'POST',
    path: string,
    headers: Record<string, string>,
    body?: string | Buffer,
  ): Promise<PageResponse> {
    const cookie = this.cookieHeader;
    const answer = await request(this.origin + path, {
      method,
      headers: { 'accept-language': this.language, ...(cookie === '' ? {} : { cookie }), ...headers },
      ...(body === undefined ? {} : { body }),
    });
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
      const [pair = ''] = line.split(';');
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return { status: answer.statusCode, headers: answer.headers, html: await answer.body.text() };
  }
}
