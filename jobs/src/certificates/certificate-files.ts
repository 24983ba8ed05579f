import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import type { Step, Values } from '../secrets/rotate-values.ts';
import { NATS_USERS } from '../servers/nats-permissions.ts';
import { type CertificateWithKey, issueCertificate, newAuthority } from './issue-certificate.ts';
import { rotateAuthority } from './rotate-authority.ts';

/** The processes that have a certificate; the name is its common name. */
export const CERTIFICATE_NAMES = [...NATS_USERS, 'mysql', 'nats'] as const;

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3_650;
const CERTIFICATE_DAYS = 365;
const RENEW_DAYS_BEFORE = 30;

/**
 * Ensures that `folder` contains our own certificate authority (`ca/`) and, for each of `names`, a folder `<name>/` with ca.crt, tls.crt
 * and tls.key in PEM, all valid for at least 30 more days. A new authority renews every certificate; one that is only trusted is written beside
 * the other.
 * @returns the names of the certificates that were issued
 */
export async function ensureCertificates(
  folder: string,
  names: readonly string[] = CERTIFICATE_NAMES,
  now = new Date(),
): Promise<string[]> {
  const authority = await ensureAuthority(join(folder, 'ca'), now);
  const issued: string[] = [];
  for (const name of names) {
    const own = join(folder, name);
    const existing = await readPair(own);
    if (existing !== null && isStillValid(existing, now, authority.cert)) {
      if (existing.ca !== authority.ca) await writePair(own, { ...existing, ca: authority.ca });
      continue;
    }
    await writePair(own, await issueCertificate(authority, requestOf(name), now));
    issued.push(name);
  }
  return issued;
}

/**
 * Takes a step of a rotation of the authority, and gives it to all processes. Files are replaced one by one and atomically, so that a running
 * process follows.
 * @throws UserError if the step isn't possible now
 */
export async function rotateAuthorityFiles(
  folder: string,
  step: Step,
  names: readonly string[] = CERTIFICATE_NAMES,
  now = new Date(),
): Promise<void> {
  const own = join(folder, 'ca');
  const before: Record<string, string> = {};
  for (const file of [...Object.values(FILES), ...Object.values(NEXT)]) {
    const text = await readFile(join(own, file), 'utf8').catch(() => null);
    if (text !== null) before[file] = text;
  }
  if (before[FILES.key] === undefined) throw new UserError(`There is no authority in ${own}.`);
  const after: Values = await rotateAuthority(step, before, now);
  for (const [file, text] of Object.entries(after)) await replaceFile(join(own, file), text);
  for (const file of Object.keys(before)) {
    if (after[file] === undefined) await rm(join(own, file));
  }
  await ensureCertificates(folder, names, now);
}

async function ensureAuthority(folder: string, now: Date): Promise<CertificateWithKey> {
  const existing = await readPair(folder);
  if (existing !== null && isStillValid(existing, now)) return existing;
  const created = await newAuthority(`Guichet local authority ${now.toISOString()}`, AUTHORITY_DAYS, now);
  await writePair(folder, created);
  return created;
}

function requestOf(name: string) {
  return {
    commonName: name,
    dnsNames: [name, 'localhost'],
    ipAddresses: ['127.0.0.1', '::1'],
    days: CERTIFICATE_DAYS,
  };
}

/** Whether the certificate is valid for long enough and, if `authority` (PEM) is given, signed by it. */
function isStillValid(pair: CertificateWithKey | null, now: Date, authority?: string): boolean {
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
/** An authority that is trusted and signs nothing yet. */
const NEXT = { cert: 'next.crt', key: 'next.key' } as const;

async function readPair(folder: string): Promise<CertificateWithKey | null> {
  try {
    const read = (file: string) => readFile(join(folder, file), 'utf8');
    return { ca: await read(FILES.ca), cert: await read(FILES.cert), key: await read(FILES.key) };
  } catch {
    return null;
  }
}

async function writePair(folder: string, pair: CertificateWithKey): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const part of ['ca', 'cert', 'key'] as const) {
    await replaceFile(join(folder, FILES[part]), pair[part]);
  }
}

async function replaceFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
