import { createHmac, randomBytes } from 'node:crypto';
import { sealData, unsealData } from 'iron-session';
import type { Context } from 'koa';
import { type CookieSettings, cookiePolicy } from './cookie.ts';

/** What a user typed into a form that hasn't been carried out, and why it was refused; or where the outcome is. */
export interface Draft {
  /** The id of the user who typed it; null for a form of a signed-out user. */
  user: string | null;
  /** The path that the form is sent to. */
  action: string;
  /** The idempotency key of the next attempt. */
  key: string;
  /** What was typed, in order, without secrets. */
  fields: [name: string, value: string][];
  /** Catalog keys by field, so that the draft can be shown in another language. */
  errors: Record<string, string>;
  refusal: { code: string; title: string } | null;
  /** What the form needs next: corrections, a look at the whole, or a security code. */
  step: 'form' | 'review' | 'code';
  /** Where the outcome is, once the form has been carried out. */
  done: string | null;
}

/** The drafts of one browser, each in an encrypted cookie of its own, so that two tabs never overwrite each other's. */
export interface Drafts {
  /** The draft with this id, if it belongs to `user`. */
  find(id: string, user: string | null): Promise<Draft | null>;
  /** Keeps a draft and drops the oldest ones that no longer fit. Returns false, and keeps nothing, if it is too large for a cookie. */
  keep(id: string, draft: Draft): Promise<boolean>;
  /** Drops every draft that doesn't belong to `user`. */
  dropOthers(user: string): Promise<void>;
  dropAll(): void;
}

export type OpenDrafts = (ctx: Pick<Context, 'cookies' | 'headers'>) => Drafts;

const TTL_SECONDS = 3600;
const COUNT_MAX = 5;
/** Of all drafts together: a proxy in front may take no more than 8 KiB of cookies, and the session needs two or three. */
const BYTES_MAX = 4_000;

export function newDraftId(): string {
  return randomBytes(9).toString('base64url');
}

/** A draft's id from a form or an address, or null if it can't be one. */
export function asDraftId(value: unknown): string | null {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{12}$/.test(value) ? value : null;
}

/** Names, seals and sets the cookies of drafts. */
export function draftsOpener(settings: CookieSettings): OpenDrafts {
  const { prefix, secure, secrets } = cookiePolicy(settings);
  const sealings = secrets.map((secret) => ({ password: keyForDrafts(secret), ttl: TTL_SECONDS }));
  const sealing = sealings[0] as (typeof sealings)[0];
  const nameOf = (id: string) => `${prefix}-draft-${id}`;

  return ({ cookies, headers }) => {
    // Koa only sees the ingress's plain HTTP connection, so PUBLIC_URL decides whether the cookies are secure.
    cookies.secure = secure;
    const set = (id: string, value: string | null) =>
      cookies.set(nameOf(id), value, {
        httpOnly: true,
        secure,
        sameSite: 'lax',
        path: '/',
        overwrite: true,
        ...(value === null ? {} : { maxAge: TTL_SECONDS * 1000 }),
      });

    async function open(id: string): Promise<(Draft & { id: string; at: number }) | null> {
      const sealed = cookies.get(nameOf(id));
      if (sealed === undefined) return null;
      for (const one of sealings) {
        const draft = await unsealData(sealed, one);
        // The name of a cookie isn't sealed, so the draft names itself.
        if ((draft as { id?: string }).id === id) return draft as Draft & { id: string; at: number };
      }
      return null;
    }
    const ids = () =>
      namesIn(headers.cookie ?? '')
        .filter((name) => name.startsWith(nameOf('')))
        .map((name) => name.slice(nameOf('').length));

    return {
      async find(id, user) {
        const draft = await open(id);
        return draft !== null && draft.user === user ? draft : null;
      },
      async keep(id, draft) {
        const sealed = await sealData({ ...draft, id, at: Date.now() }, sealing);
        let bytes = nameOf(id).length + sealed.length;
        if (bytes > BYTES_MAX) return false;
        set(id, sealed);
        const others = await Promise.all(
          ids()
            .filter((other) => other !== id)
            .map(openOrDrop),
        );
        const newestFirst = others.filter((other) => other !== null).sort((a, b) => b.at - a.at);
        newestFirst.forEach((other, index) => {
          bytes += other.bytes;
          if (index + 1 >= COUNT_MAX || bytes > BYTES_MAX) set(other.id, null);
        });
        return true;
      },
      async dropOthers(user) {
        for (const id of ids()) if ((await open(id))?.user !== user) set(id, null);
      },
      dropAll() {
        for (const id of ids()) set(id, null);
      },
    };

    async function openOrDrop(id: string): Promise<{ id: string; at: number; bytes: number } | null> {
      const draft = await open(id);
      if (draft === null) set(id, null);
      return draft && { id, at: draft.at, bytes: nameOf(id).length + (cookies.get(nameOf(id)) ?? '').length };
    }
  };
}

/** A key of its own, so that a draft, whose content a user chooses, can never be opened as a session. */
function keyForDrafts(secret: string): string {
  return createHmac('sha256', secret).update('guichet drafts').digest('base64');
}

function namesIn(header: string): string[] {
  return header.split(';').map((pair) => pair.split('=')[0]?.trim() ?? '');
}
