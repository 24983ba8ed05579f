import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';

/** A process's certificate, its key, and the authority that it trusts, in PEM. */
export interface TlsFiles {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Their file names: the layout of a Kubernetes TLS secret. */
export function tlsPaths(directory: string): { ca: string; cert: string; key: string } {
  return { ca: join(directory, 'ca.crt'), cert: join(directory, 'tls.crt'), key: join(directory, 'tls.key') };
}

/** Reads ca.crt, tls.crt and tls.key of a folder. */
export function readTls(directory: string): TlsFiles {
  const { ca, cert, key } = tlsPaths(directory);
  return { ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key) };
}

/** A folder's certificate, followed while the process runs. */
export interface RenewableTls {
  /** The current files; the same object as long as they do not change. */
  current(): TlsFiles;
}

const CHECK_EVERY_MS = 1_000;

/**
 * Follows a folder whose certificate may be renewed: `current` checks for changes at most once a second. An incomplete renewal (a key
 * that does not belong to the certificate, a missing file) is ignored until it is complete.
 * @throws if the files cannot be read at the start
 */
export function followTls(directory: string, checkEveryMs = CHECK_EVERY_MS): RenewableTls {
  const paths = Object.values(tlsPaths(directory));
  let files = readTls(directory);
  let stamp = stampOf(paths);
  let checkedAt = performance.now();

  function reload(): void {
    const seen = stampOf(paths);
    if (seen === stamp) return;
    const renewed = readTls(directory);
    createSecureContext({ ca: renewed.ca, cert: renewed.cert, key: renewed.key });
    files = renewed;
    stamp = seen;
  }

  return {
    current() {
      if (performance.now() - checkedAt < checkEveryMs) return files;
      checkedAt = performance.now();
      try {
        reload();
      } catch {
        // The renewal is incomplete: keep the current files, which are still valid, until the next check.
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
