import { X509Certificate } from 'node:crypto';
import {
  type CertificateRequest,
  type CertificateWithKey,
  issueCertificate,
  nameOfNext,
  newAuthority,
} from '../certificates/issue-certificate.ts';
import { makeValues, type ValueKind } from './make-values.ts';
import type { SecretData, SecretStore } from './secret-store.ts';

interface PlannedSecret {
  name: string;
  values: Readonly<Record<string, ValueKind>>;
  /** Whether stored data can be read only with it, so that a new value would be as good as none. */
  irreplaceable?: boolean;
}

/** The secrets that the chart asks for; the operator provides the rest. */
export interface SecretPlan {
  labels: Readonly<Record<string, string>>;
  secrets: readonly PlannedSecret[];
  /** The secret in which the irreplaceable secrets that were created are written down. */
  record?: string;
  authority?: { secret: string; commonName: string; days: number };
  certificateDays?: number;
  certificates?: readonly ({ secret: string } & Omit<CertificateRequest, 'days'>)[];
}

export interface Options {
  store: SecretStore;
  now: Date;
  say: (text: string) => void;
}

/**
 * Creates the secrets and keys of the plan that are missing; existing ones are not changed. An irreplaceable secret is created only once: if it
 * is missing later, the others are still ensured.
 * @throws Error in the end, naming the irreplaceable secrets that are lost
 */
export async function ensureSecrets(plan: SecretPlan, options: Options): Promise<void> {
  const createdBefore = plan.record === undefined ? {} : ((await options.store.read(plan.record)) ?? {});
  const lost: string[] = [];
  for (const secret of plan.secrets) {
    const current = await options.store.read(secret.name);
    const isComplete = Object.keys(secret.values).every((key) => current?.[key] !== undefined);
    if (secret.irreplaceable && !isComplete && createdBefore[secret.name] !== undefined) {
      lost.push(secret.name);
      options.say(`lost ${secret.name}`);
    } else {
      await ensureSecret(secret, current, plan, options);
    }
  }
  if (plan.record !== undefined) await writeRecord(plan, plan.record, createdBefore, options);
  if (lost.length > 0)
    throw new Error(
      `${lost.join(', ')}: deleted, and not created again, because what was stored can be read only with the old value. See docs/operations/secret-missing.md`,
    );
}

async function ensureSecret(
  { name, values }: PlannedSecret,
  existing: SecretData | null,
  { labels }: SecretPlan,
  { store, say }: Options,
): Promise<void> {
  if (existing === null && (await store.create({ name, type: 'Opaque', labels, data: makeValues(values) }))) {
    return say(`created ${name}`);
  }
  // It exists, or another job has just created it.
  const current = existing ?? (await store.read(name)) ?? {};
  const missing = Object.fromEntries(Object.entries(values).filter(([key]) => current[key] === undefined));
  if (Object.keys(missing).length === 0) return say(`kept ${name}`);
  await store.set(name, makeValues(missing));
  say(`added ${Object.keys(missing).join(', ')} to ${name}`);
}

/** Adds the irreplaceable secrets of the plan to the record; by now each of them has been created. */
async function writeRecord(
  { secrets, labels }: SecretPlan,
  record: string,
  before: SecretData,
  { store, now }: Options,
): Promise<void> {
  const added = Object.fromEntries(
    secrets
      .filter(({ name, irreplaceable }) => irreplaceable === true && before[name] === undefined)
      .map(({ name }) => [name, now.toISOString()]),
  );
  if (Object.keys(added).length === 0) return;
  if (!(await store.create({ name: record, type: 'Opaque', labels, data: added })))
    await store.set(record, added);
}

/** Within this time, every process has read an authority that was added to those that it trusts. */
const TRUSTED_AFTER_MS = 8 * 60_000;
/** In the secret of an authority that replaces a lost one: the time from which it may sign. */
const SIGNS_AFTER = 'signs-after';

/**
 * Ensures that every certificate of the plan exists, has the right names, is signed by the plan's authority, and has more than a third of
 * its lifetime left; `renewAll` reissues each of them. The authority is created once. One that replaces a lost authority is only trusted at
 * first, beside the lost one; a later run lets it sign.
 */
export async function ensureCertificates(
  plan: SecretPlan,
  { store, now, say }: Options,
  { renewAll = false }: { renewAll?: boolean } = {},
): Promise<void> {
  const { authority: authorityPlan, certificates = [], certificateDays = 90, labels } = plan;
  if (authorityPlan === undefined) return;
  const issued = new Map(
    await Promise.all(certificates.map(async ({ secret }) => [secret, await store.read(secret)] as const)),
  );
  const authority = await ensureAuthority(authorityPlan, [...issued.values()], labels, { store, now, say });
  for (const { secret: name, ...names } of certificates) {
    const request = { ...names, days: certificateDays };
    const existing = issued.get(name) ?? null;
    if (existing !== null && !renewAll && isUpToDate(existing, request, authority, now)) {
      say(`kept ${name}`);
      continue;
    }
    if (
      existing !== null &&
      now < authority.signsAfter &&
      isOfLostAuthority(existing, request, authority, now)
    ) {
      await store.set(name, { 'ca.crt': authority.ca });
      say(`trusted the new authority in ${name}`);
      continue;
    }
    const data = toData(await issueCertificate(authority, request, now));
    if (existing !== null || !(await store.create({ name, type: 'kubernetes.io/tls', labels, data }))) {
      await store.set(name, data);
    }
    say(`${existing === null ? 'created' : 'renewed'} ${name}`);
  }
}

async function ensureAuthority(
  { secret: name, commonName, days }: NonNullable<SecretPlan['authority']>,
  issued: readonly (SecretData | null)[],
  labels: SecretPlan['labels'],
  { store, now, say }: Options,
): Promise<CertificateWithKey & { signsAfter: Date }> {
  const existing = await store.read(name);
  if (existing === null) {
    const lost = [...new Set(issued.flatMap((certificate) => authoritiesIn(certificate?.['ca.crt'] ?? '')))];
    // A verifier looks for an issuer by its name, so the lost one and its successor need different names.
    const created = await newAuthority(
      lost.length === 0 ? commonName : nameOfNext(commonName, now),
      days,
      now,
    );
    const signsAfter = new Date(now.getTime() + (lost.length === 0 ? 0 : TRUSTED_AFTER_MS));
    const authority = { ...created, ca: created.cert + lost.join(''), signsAfter };
    const mark = lost.length === 0 ? {} : { [SIGNS_AFTER]: signsAfter.toISOString() };
    const data = { ...toData(authority), ...mark };
    if (await store.create({ name, type: 'kubernetes.io/tls', labels, data })) {
      say(`created ${name}`);
      return authority;
    }
  }
  const data = existing ?? (await store.read(name)) ?? {};
  const { 'ca.crt': ca, 'tls.crt': cert, 'tls.key': key, [SIGNS_AFTER]: signsAfter = 0 } = data;
  if (cert === undefined || key === undefined) throw new Error(`secret ${name} lacks tls.crt or tls.key`);
  if (new X509Certificate(cert).validToDate <= now) {
    throw new Error(
      `the authority in secret ${name} has expired; delete it and all of its certificates, then run this again`,
    );
  }
  say(`kept ${name}`);
  return { ca: ca ?? cert, cert, key, signsAfter: new Date(signsAfter) };
}

const DAY_MS = 86_400_000;

function isUpToDate(
  existing: SecretData,
  request: CertificateRequest,
  authority: CertificateWithKey,
  now: Date,
): boolean {
  return existing['ca.crt'] === authority.ca && isValid(existing, request, [authority.cert], now);
}

/** Whether the certificate is valid, though the authority that signed it is only trusted. */
function isOfLostAuthority(
  existing: SecretData,
  request: CertificateRequest,
  { ca, cert }: CertificateWithKey,
  now: Date,
): boolean {
  const others = authoritiesIn(ca).filter((authority) => authority !== cert);
  return isValid(existing, request, others, now);
}

function isValid(
  existing: SecretData,
  request: CertificateRequest,
  authorities: readonly string[],
  now: Date,
): boolean {
  try {
    const certificate = new X509Certificate(existing['tls.crt'] ?? '');
    const leftMs = certificate.validToDate.getTime() - now.getTime();
    const names = [
      ...request.dnsNames.map((name) => `DNS:${name}`),
      ...request.ipAddresses.map((address) => `IP Address:${address}`),
    ];
    return (
      authorities.some((authority) => certificate.verify(new X509Certificate(authority).publicKey)) &&
      certificate.subject === `CN=${request.commonName}` &&
      certificate.subjectAltName === names.join(', ') &&
      leftMs > (request.days * DAY_MS) / 3
    );
  } catch {
    return false;
  }
}

function authoritiesIn(bundle: string): string[] {
  return bundle.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----\n/g) ?? [];
}

function toData({ ca, cert, key }: CertificateWithKey): SecretData {
  return { 'ca.crt': ca, 'tls.crt': cert, 'tls.key': key };
}
