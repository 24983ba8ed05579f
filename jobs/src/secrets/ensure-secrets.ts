import { X509Certificate } from 'node:crypto';
import {
  type CertificateRequest,
  type Certified,
  issueCertificate,
  newAuthority,
} from '../certificates/issue-certificate.ts';
import { makeValues, type ValueKind } from './make-values.ts';
import type { SecretData, SecretStore } from './secret-store.ts';

/** What the chart asks for; the operator brings the rest. */
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

/** Makes every secret of the plan that is missing, and every key that is missing in one; what is there stays as it is. */
export async function ensureSecrets(plan: SecretPlan, { store, say }: Options): Promise<void> {
  for (const { name, values } of plan.secrets) {
    const kept = await store.read(name);
    if (
      kept === null &&
      (await store.create({ name, type: 'Opaque', labels: plan.labels, data: makeValues(values) }))
    ) {
      say(`made ${name}`);
      continue;
    }
    // There already, or somebody else was faster.
    const there = kept ?? (await store.read(name)) ?? {};
    const missing = Object.fromEntries(Object.entries(values).filter(([key]) => there[key] === undefined));
    if (Object.keys(missing).length === 0) {
      say(`kept ${name}`);
    } else {
      await store.set(name, makeValues(missing));
      say(`added ${Object.keys(missing).join(', ')} to ${name}`);
    }
  }
}

/**
 * Sees to it that every certificate of the plan is there, bears the names that it should, comes from the plan's authority, and has more than a
 * third of its time before it; with `renewAll` each is made anew. The authority is made once.
 */
export async function ensureCertificates(
  plan: SecretPlan,
  { store, now, say }: Options,
  { renewAll = false }: { renewAll?: boolean } = {},
): Promise<void> {
  const { authority: asked, certificates = [], certificateDays = 90, labels } = plan;
  if (asked === undefined) return;
  const authority = await ensureAuthority(asked, labels, { store, now, say });
  for (const { secret: name, ...names } of certificates) {
    const request = { ...names, days: certificateDays };
    const kept = await store.read(name);
    if (kept !== null && !renewAll && fits(kept, request, authority, now)) {
      say(`kept ${name}`);
      continue;
    }
    const data = toData(await issueCertificate(authority, request, now));
    if (kept !== null || !(await store.create({ name, type: 'kubernetes.io/tls', labels, data }))) {
      await store.set(name, data);
    }
    say(`${kept === null ? 'made' : 'renewed'} ${name}`);
  }
}

async function ensureAuthority(
  { secret: name, commonName, days }: NonNullable<SecretPlan['authority']>,
  labels: SecretPlan['labels'],
  { store, now, say }: Options,
): Promise<Certified> {
  const made = await newAuthority(commonName, days, now);
  const kept = await store.read(name);
  if (
    kept === null &&
    (await store.create({ name, type: 'kubernetes.io/tls', labels, data: toData(made) }))
  ) {
    say(`made ${name}`);
    return made;
  }
  const { 'tls.crt': cert, 'tls.key': key } = kept ?? (await store.read(name)) ?? {};
  if (cert === undefined || key === undefined) throw new Error(`secret ${name} lacks tls.crt or tls.key`);
  if (new X509Certificate(cert).validToDate <= now) {
    throw new Error(
      `the authority in secret ${name} has run out; delete it and every certificate of it, then run this again`,
    );
  }
  say(`kept ${name}`);
  return { ca: cert, cert, key };
}

const DAY_MS = 86_400_000;

function fits(kept: SecretData, request: CertificateRequest, authority: Certified, now: Date): boolean {
  try {
    const certificate = new X509Certificate(kept['tls.crt'] ?? '');
    const leftMs = certificate.validToDate.getTime() - now.getTime();
    const names = [
      ...request.dnsNames.map((name) => `DNS:${name}`),
      ...request.ipAddresses.map((address) => `IP Address:${address}`),
    ];
    return (
      kept['ca.crt'] === authority.cert &&
      certificate.verify(new X509Certificate(authority.cert).publicKey) &&
      certificate.subject === `CN=${request.commonName}` &&
      certificate.subjectAltName === names.join(', ') &&
      leftMs > (request.days * DAY_MS) / 3
    );
  } catch {
    return false;
  }
}

function toData({ ca, cert, key }: Certified): SecretData {
  return { 'ca.crt': ca, 'tls.crt': cert, 'tls.key': key };
}
