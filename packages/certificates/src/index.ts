import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';

/** A process's certificate, its key, and the authority that it trusts, in PEM. */
export interface TlsFiles {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Where they stand in a folder: the layout of a Kubernetes TLS secret. */
export function tlsPaths(directory: string): { ca: string; cert: string; key: string } {
  return { ca: join(directory, 'ca.crt'), cert: join(directory, 'tls.crt'), key: join(directory, 'tls.key') };
}

/** Reads ca.crt, tls.crt and tls.key of a folder. */
export function readTls(directory: string): TlsFiles {
  const { ca, cert, key } = tlsPaths(directory);
  return { ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key) };
}

/** A folder's certificate for as long as a process lives. */
export interface RenewableTls {
  /** The files as they are now, and the same object for as long as they stay so. */
  current(): TlsFiles;
}

const LOOK_AGAIN_MS = 1_000;

/**
 * Follows a folder whose certificate is renewed while the process runs: `current` looks, at most once a second, whether the files
 * changed. A half-written renewal (a key that is not the certificate's, a missing file) is passed over until it is whole.
 * @throws where the files cannot be read at the start
 */
export function followTls(directory: string, lookAgainMs = LOOK_AGAIN_MS): RenewableTls {
  const paths = Object.values(tlsPaths(directory));
  let files = readTls(directory);
  let stamp = stampOf(paths);
  let lookedAt = performance.now();

  function look(): void {
    const seen = stampOf(paths);
    if (seen === stamp) return;
    const renewed = readTls(directory);
    createSecureContext({ ca: renewed.ca, cert: renewed.cert, key: renewed.key });
    files = renewed;
    stamp = seen;
  }

  return {
    current() {
      if (performance.now() - lookedAt < lookAgainMs) return files;
      lookedAt = performance.now();
      try {
        look();
      } catch {
        // The renewal is not whole yet; what we have is good for a while, and the next look is soon.
      }
      return files;
    },
  };
}

function stampOf(paths: readonly string[]): string {
  return paths
    .map((path) => {
      const { ino, mtimeMs, size } = statSync(path);
      return `${ino} ${mtimeMs} ${size}`;
    })
    .join('\n');
}
