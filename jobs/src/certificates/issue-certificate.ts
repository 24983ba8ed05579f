import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate, its key, and the authorities that its owner trusts, in PEM. An authority is signed by itself. */
export interface CertificateWithKey {
  /** The authority that signed it, and, while authorities are rotated, another one. */
  ca: string;
  cert: string;
  key: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;
// Backdated a little, for a peer whose clock is slow.
const BACKDATED_MS = 5 * 60_000;

/** Creates an authority that is valid for `days` days and can only sign certificates. */
export async function newAuthority(commonName: string, days: number, now: Date): Promise<CertificateWithKey> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    serialNumber: newSerial(),
    ...validity(now, days),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const cert = pem(certificate);
  return { ca: cert, cert, key: await keyPem(keys.privateKey) };
}

/** The common name of the authority that follows one: a verifier looks for an issuer by its name, so it needs another. */
export function nameOfNext(commonName: string, now: Date): string {
  return `${commonName.replace(/ since \S+$/, '')} since ${now.toISOString()}`;
}

export interface CertificateRequest {
  /** The name by which peers identify the owner. */
  commonName: string;
  dnsNames: readonly string[];
  ipAddresses: readonly string[];
  days: number;
}

/** Issues a certificate that is valid for servers and clients. */
export async function issueCertificate(
  authority: CertificateWithKey,
  { commonName, dnsNames, ipAddresses, days }: CertificateRequest,
  now: Date,
): Promise<CertificateWithKey> {
  const signer = new x509.X509Certificate(authority.cert);
  const pkcs8 = x509.PemConverter.decodeFirst(authority.key);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, true, ['sign']);
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${commonName}`,
    issuer: signer.subject,
    serialNumber: newSerial(),
    ...validity(now, days),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      new x509.SubjectAlternativeNameExtension([
        ...dnsNames.map((value) => ({ type: 'dns', value }) as const),
        ...ipAddresses.map((value) => ({ type: 'ip', value }) as const),
      ]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(signer),
    ],
  });
  return { ca: authority.ca, cert: pem(certificate), key: await keyPem(keys.privateKey) };
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, [
    'sign',
    'verify',
  ]) as Promise<webcrypto.CryptoKeyPair>;
}

function newSerial(): string {
  const bytes = Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)));
  // RFC 5280 requires a positive number, so the highest bit is 0.
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return bytes.toString('hex');
}

function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(now.getTime() - BACKDATED_MS),
    notAfter: new Date(now.getTime() + days * DAY_MS),
  };
}
