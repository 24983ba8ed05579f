import 'reflect-metadata';
import { type webcrypto as WebCrypto, webcrypto } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

/** A certificate authority for one test. */
export interface TestAuthority {
  /**
   * Issues a certificate for `name`, by default also valid for `localhost` and 127.0.0.1, and writes it as tls.crt, with tls.key and ca.crt, into
   * `directory` or a new one.
   * @returns the directory
   */
  issue(name: string, options?: { dns?: string[]; ips?: string[]; directory?: string }): Promise<string>;
  /** Removes every directory that it created. */
  remove(): Promise<void>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** Creates an authority; two of them do not trust each other. */
export async function testAuthority(): Promise<TestAuthority> {
  const keys = await newKeys();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=test authority ${webcrypto.randomUUID()}`,
    keys,
    ...validity(),
    signingAlgorithm: ALGORITHM,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  });
  const made: string[] = [];
  return {
    async issue(name, { dns = ['localhost'], ips = ['127.0.0.1'], directory } = {}) {
      const own = await newKeys();
      const certificate = await x509.X509CertificateGenerator.create({
        subject: `CN=${name}`,
        issuer: authority.subject,
        ...validity(),
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        extensions: [
          new x509.SubjectAlternativeNameExtension([
            { type: 'dns', value: name },
            ...dns.map((value) => ({ type: 'dns', value }) as const),
            ...ips.map((value) => ({ type: 'ip', value }) as const),
          ]),
        ],
      });
      const folder = directory ?? (await mkdtemp(join(tmpdir(), 'guichet-tls-')));
      if (directory === undefined) made.push(folder);
      const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', own.privateKey);
      await writeFile(join(folder, 'ca.crt'), authority.toString('pem'));
      await writeFile(join(folder, 'tls.crt'), certificate.toString('pem'));
      await writeFile(join(folder, 'tls.key'), x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'));
      return folder;
    },
    async remove() {
      await Promise.all(made.map((folder) => rm(folder, { recursive: true, force: true })));
    },
  };
}

function newKeys(): Promise<WebCrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, [
    'sign',
    'verify',
  ]) as Promise<WebCrypto.CryptoKeyPair>;
}

function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
}
