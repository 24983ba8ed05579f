import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A process's certificate, its key, and the authority that it trusts, in PEM. */
export interface TlsFiles {
  ca: Buffer;
  cert: Buffer;
  key: Buffer;
}

/** Reads ca.crt, tls.crt and tls.key, the layout of a Kubernetes TLS secret. */
export function readTls(directory: string): TlsFiles {
  const read = (file: string) => readFileSync(join(directory, file));
  return { ca: read('ca.crt'), cert: read('tls.crt'), key: read('tls.key') };
}
