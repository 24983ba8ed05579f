import { X509Certificate } from 'node:crypto';
import {
  type CertificateRequest,
  type CertificateWithKey,
  issueCertificate,
  newAuthority,
} from '../certificates/issue-certificate.ts';
import { makeValues, type ValueKind } from './make-values.ts';
import type { SecretData, SecretStore } from './secret-store.ts';

/** The secrets that the chart asks for; the operator provides the rest. */
export interface SecretPlan {
  labels: Readonly<Record<string, string>>;
  secrets: readonly { name: string; values: Readonly<Record<string, ValueKind>> }[];
  authority?: { secret: string; commonName: string; days: number };
  certificateDays?: number;
  certificates?: readonly ({ secret: string } & Omit<CertificateRequest, 'days'>)[];
}

export interface Options {
  store: SecretStore;
  now: Date;
  say: (text: string) => void;
}

/** Creates the secrets and keys of the plan that are missing; existing ones are not changed. */
export async function ensureSecrets(plan: SecretPlan, { store, say }: Options): Promise<void> {
  for (const { name, values } of plan.secrets) {
    const existing = await store.read(name);
    if (
      existing === null &&
      (await store.create({ name, type: 'Opaque', labels: plan.labels, data: makeValues(values) }))
    ) {
      say(`created ${name}`);
      continue;
    }
    // It exists, or another job has just created it.
    const current = existing ?? (await store.read(name)) ?? {};
    const missing = Object.fromEntries(Object.entries(values).filter(([key]) => current[key] === undefined));
    if (Object.keys(missing).length === 0) {
      say(`kept ${name}`);
    } else {
      await store.set(name, makeValues(missing));
      say(`added ${Object.keys(missing).join(', ')} to ${name}`);
    }
  }
}

/**
 * Ensures that every certificate of the plan exists, has the right names, is signed by the plan's authority, and has more than a third of
 * its lifetime left; `renewAll` reissues each of them. The authority is created once.
 */
export async function ensureCertificates(
  plan: SecretPlan,
  { store, now, say }: Options,
  { renewAll = false }: { renewAll?: boolean } = {},
): Promise<void> {
  const { authority: authorityPlan, certificates = [], certificateDays = 90, labels } = plan;
  if (authorityPlan === undefined) return;
  const authority = await ensureAuthority(authorityPlan, labels, { store, now, say });
  for (const { secret: name, ...names } of certificates) {
    const request = { ...names, days: certificateDays };
    const existing = await store.read(name);
    if (existing !== null && !renewAll && isUpToDate(existing, request, authority, now)) {
      say(`kept ${name}`);
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
  labels: SecretPlan['labels'],
  { store, now, say }: Options,
): Promise<CertificateWithKey> {
  const created = await newAuthority(commonName, days, now);
  const existing = await store.read(name);
  if (
    existing === null &&
    (await store.create({ name, type: 'kubernetes.io/tls', labels, data: toData(created) }))
  ) {
    say(`created ${name}`);
    return created;
  }
  const { 'ca.crt': ca, 'tls.crt': cert, 'tls.key': key } = existing ?? (await store.read(name)) ?? {};
  if (cert === undefined || key === undefined) throw new Error(`secret ${name} lacks tls.crt or tls.key`);
  if (new X509Certificate(cert).validToDate <= now) {
    throw new Error(
      `the authority in secret ${name} has expired; delete it and all of its certificates, then run this again`,
    );
  }
  say(`kept ${name}`);
  return { ca: ca ?? cert, cert, key };
}

const DAY_MS = 86_400_000;

function isUpToDate(
  existing: SecretData,
  request: CertificateRequest,
  authority: CertificateWithKey,
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
      existing['ca.crt'] === authority.ca &&
      certificate.verify(new X509Certificate(authority.cert).publicKey) &&
      certificate.subject === `CN=${request.commonName}` &&
      certificate.subjectAltName === names.join(', ') &&
      leftMs > (request.days * DAY_MS) / 3
    );
  } catch {
    return false;
  }
}

function toData({ ca, cert, key }: CertificateWithKey): SecretData {
  return { 'ca.crt': ca, 'tls.crt': cert, 'tls.key': key };
}
