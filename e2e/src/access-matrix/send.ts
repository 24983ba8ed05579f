import { request } from 'undici';
import type { OpenRow } from './row.ts';
import type { SignedInUser, World } from './world.ts';

const SOME_ID = '01900000-0000-7000-8000-000000000000';

/** Sends one request of the matrix. A stream is closed as soon as it has started. */
export async function sendCell(
  world: World,
  service: keyof World['clients'],
  name: string,
  sent: Pick<OpenRow, 'target' | 'body' | 'query'>,
  token: string | undefined,
  caller: SignedInUser,
): Promise<{ status: number; code: string | null }> {
  const [method, template = ''] = name.split(' ');
  const target = (await sent.target?.(world, caller)) ?? SOME_ID;
  const body = await sent.body?.(world, caller, target);
  const query = sent.query === undefined ? '' : `?${sent.query(target)}`;
  const reply = await request(world.clients[service].origin + template.replace(/\{\w+\}/g, target) + query, {
    method: method as 'GET',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...contentOf(body).headers,
    },
    body: contentOf(body).content,
  });
  const type = String(reply.headers['content-type']);
  if (type.startsWith('text/event-stream')) {
    reply.body.on('error', () => undefined).destroy();
    return { status: reply.statusCode, code: null };
  }
  const text = await reply.body.text();
  return { status: reply.statusCode, code: type.includes('problem') ? JSON.parse(text).code : null };
}

/** A body as it is sent: a text is XML, everything else JSON. */
export function contentOf(body: unknown): { headers: Record<string, string>; content: string | null } {
  if (body === undefined) return { headers: {}, content: null };
  if (typeof body === 'string') return { headers: { 'content-type': 'application/xml' }, content: body };
  return { headers: { 'content-type': 'application/json' }, content: JSON.stringify(body) };
}
