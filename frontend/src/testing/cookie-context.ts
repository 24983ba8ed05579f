import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import Koa, { type Context } from 'koa';

/** The context of a request with this `Cookie` header, and the `Set-Cookie` lines of its response. */
export function cookieContext(cookie = ''): { ctx: Context; setCookies: () => string[] } {
  const incoming = new IncomingMessage(new Socket());
  incoming.headers.cookie = cookie;
  const response = new ServerResponse(incoming);
  const ctx = new Koa().createContext(incoming, response);
  return { ctx, setCookies: () => [response.getHeader('set-cookie') ?? []].flat().map(String) };
}
