import { createHash } from 'node:crypto';
import { emailKey } from '@guichet/contract';
import type { User } from '@guichet/contract/auth';
import type { Context } from 'koa';
import type { CookieSettings } from './cookie.ts';
import { sealedCookies } from './sealed-cookies.ts';

/**
 * The tokens that prove to auth that a user has signed in on this browser before, each in a sealed cookie that outlives the session: others who guess
 * the user's password can't lock them out here.
 */
export interface DeviceTokens {
  /** The token of the user who typed this name to sign in; null if they haven't signed in here, or by another name. */
  find(typed: string): Promise<string | null>;
  keep(user: User, token: string): Promise<void>;
}

export type OpenDeviceTokens = (ctx: Pick<Context, 'cookies' | 'headers'>) => DeviceTokens;

interface DeviceToken {
  /** The names by which the user can sign in, as hashes. */
  names: string[];
  token: string;
}

const DAY_SECONDS = 24 * 3600;
/** As long as auth trusts a device, and more users than share a browser. */
const LIMITS = { purpose: 'device', ttlSeconds: 365 * DAY_SECONDS, countMax: 4, bytesMax: 4_000 };
/** Only sent where a user signs in. */
const PATH = '/login';

export function deviceTokensOpener(settings: CookieSettings): OpenDeviceTokens {
  const openCookies = sealedCookies<DeviceToken>(settings, LIMITS);
  return (ctx) => {
    const cookies = openCookies(ctx, PATH);
    return {
      async find(typed) {
        const name = hashOf(typed);
        for (const id of cookies.ids()) {
          const device = await cookies.open(id);
          if (device?.names.includes(name)) return device.token;
        }
        return null;
      },
      async keep(user, token) {
        const names = [user.username, user.email].filter((name) => name !== null).map(hashOf);
        // One cookie for each user, so that a new token replaces the one before.
        await cookies.keep(hashOf(user.id), { names, token });
      },
    };
  };
}

/** Twelve characters: enough to tell the users of one browser apart. */
function hashOf(name: string): string {
  const text = `guichet device ${emailKey(name.trim())}`;
  return createHash('sha256').update(text).digest('base64url').slice(0, 12);
}
