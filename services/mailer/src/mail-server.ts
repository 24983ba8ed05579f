import { ConfigError } from '@guichet/config';
import type { SmtpSettings } from './config.ts';

/** Where mails are handed over. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  readonly security: 'none' | 'starttls' | 'tls';
  readonly user: string | undefined;
  readonly password: string | undefined;
}

const SCHEMES: Readonly<Record<string, { port: number; securities: readonly MailServer['security'][] }>> = {
  'smtp:': { port: 587, securities: ['starttls', 'none'] },
  'smtps:': { port: 465, securities: ['tls'] },
};

const APART = ['SMTP_HOST', 'SMTP_PORT', 'SMTP_USER', 'SMTP_PASSWORD'] as const;

/**
 * The mail server of the settings: SMTP_URL, or the settings of its parts.
 * @throws ConfigError that names what is missing or contradicts the URL, without values
 */
export function mailServerOf(settings: SmtpSettings): MailServer {
  if (settings.SMTP_URL !== undefined) return fromUrl(settings.SMTP_URL, settings);
  const { SMTP_HOST: host, SMTP_PORT: port } = settings;
  if (host === undefined || port === undefined) {
    const missing = host === undefined ? 'SMTP_HOST' : 'SMTP_PORT';
    throw new ConfigError([`${missing} is missing; set SMTP_URL, or SMTP_HOST and SMTP_PORT`]);
  }
  const { SMTP_SECURITY: security = 'starttls', SMTP_USER: user, SMTP_PASSWORD: password } = settings;
  return { host, port, security, user, password };
}

function fromUrl(text: string, settings: SmtpSettings): MailServer {
  const errors = APART.filter((name) => settings[name] !== undefined).map(
    (name) => `${name} and SMTP_URL are both set; keep one`,
  );
  const url = URL.canParse(text) ? new URL(text) : null;
  const scheme = url === null ? undefined : SCHEMES[url.protocol];
  const [user, password] = [decode(url?.username ?? ''), decode(url?.password ?? '')];
  const isPlain = url !== null && /^\/?$/.test(url.pathname) && url.search === '' && url.hash === '';
  if (scheme === undefined || !isPlain || url.hostname === '' || user === null || password === null)
    errors.push(
      'SMTP_URL must be smtp://user:password@host:port or smtps://…, special characters percent-encoded',
    );
  const { SMTP_SECURITY: security = scheme?.securities[0] ?? 'tls' } = settings;
  if (scheme !== undefined && !scheme.securities.includes(security))
    errors.push(`SMTP_SECURITY ${security} contradicts the ${url?.protocol}// of SMTP_URL`);
  if (errors.length > 0 || url === null || scheme === undefined) throw new ConfigError(errors);
  return {
    // An IPv6 address is in brackets only in a URL.
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? scheme.port : Number(url.port),
    security,
    user: user || undefined,
    password: password || undefined,
  };
}

/** Null if the percent-encoding is wrong. */
function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
