import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NATS_USERS } from '../servers/nats-permissions.ts';
import { type Certified as Certificate, issueCertificate, newAuthority } from './issue-certificate.ts';

/** Every process with a certificate. The name is the certificate's common name. */
export const CERTIFIED = [...NATS_USERS, 'mysql', 'nats'] as const;

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3_650;
const CERTIFICATE_DAYS = 365;
const RENEW_DAYS_BEFORE = 30;

/**
 * Sees to it that `folder` holds our own certificate authority (`ca/`) and, for each of `names`, a folder `<name>/` with
 * ca.crt, tls.crt and tls.key in PEM, all of them good for at least 30 more days. A new authority renews everyone.
 * Returns the names whose certificate was made.
 */
export async function ensureCertificates(
  folder: string,
  names: readonly string[] = CERTIFIED,
  now = new Date(),
): Promise<string[]> {
  const authority = await ensureAuthority(join(folder, 'ca'), now);
  const made: string[] = [];
  for (const name of names) {
    const own = join(folder, name);
    if (isGood(await readPair(own), now, authority.cert)) continue;
    await writePair(own, await issueCertificate(authority, requestOf(name), now));
    made.push(name);
  }
  return made;
}

async function ensureAuthority(folder: string, now: Date): Promise<Certificate> {
  const kept = await readPair(folder);
  if (kept !== null && isGood(kept, now)) return kept;
  const made = await newAuthority(`Guichet local authority ${now.toISOString()}`, AUTHORITY_DAYS, now);
  await writePair(folder, made);
  return made;
}

function requestOf(name: string) {
  return {
    commonName: name,
    dnsNames: [name, 'localhost'],
    ipAddresses: ['127.0.0.1', '::1'],
    days: CERTIFICATE_DAYS,
  };
}

/** Whether the certificate lasts, and comes from `authority` (PEM) where one is given. */
function isGood(pair: Certificate | null, now: Date, authority?: string): boolean {
  if (pair === null) return false;
  try {
    const certificate = new X509Certificate(pair.cert);
    if (certificate.validToDate.getTime() - now.getTime() < RENEW_DAYS_BEFORE * DAY_MS) return false;
    return authority === undefined || certificate.verify(new X509Certificate(authority).publicKey);
  } catch {
    return false;
  }
}

const FILES = { ca: 'ca.crt', cert: 'tls.crt', key: 'tls.key' } as const;

async function readPair(folder: string): Promise<Certificate | null> {
  try {
    const read = (file: string) => readFile(join(folder, file), 'utf8');
    return { ca: await read(FILES.ca), cert: await read(FILES.cert), key: await read(FILES.key) };
  } catch {
    return null;
  }
}

async function writePair(folder: string, pair: Certificate): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const part of ['ca', 'cert', 'key'] as const) {
    await writeFile(join(folder, FILES[part]), pair[part], { mode: 0o600 });
  }
}
