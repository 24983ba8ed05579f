import { statSync } from 'node:fs';
import { join } from 'node:path';
import { tlsPaths } from '@guichet/certificates';
import { createLog } from '@guichet/log';
import { type PeriodicWork, runPeriodically } from '@guichet/time';
import type { Listener } from '../processes/supervised.ts';

const CHECK_EVERY_MS = 1_000;

/**
 * Calls `renew` of a server when its certificate, or what it trusts, has changed in `tlsFolder`: the services look for themselves, but servers
 * read theirs only on request. A renewal that fails is tried again.
 */
export function followCertificates(
  tlsFolder: string,
  renewals: Readonly<Record<string, () => Promise<void>>>,
  listener: Listener,
): PeriodicWork {
  const known = new Map(Object.keys(renewals).map((name) => [name, stampOf(join(tlsFolder, name))]));
  return runPeriodically({
    name: 'follow certificates',
    log: createLog(
      { service: 'certificates', level: 'warn' },
      { write: (line) => listener.line('certificates', line.trimEnd(), 'stdout') },
    ),
    everyMs: CHECK_EVERY_MS,
    async work() {
      for (const [name, renew] of Object.entries(renewals)) {
        const stamp = stampOf(join(tlsFolder, name));
        if (stamp === known.get(name)) continue;
        await renew();
        known.set(name, stamp);
      }
    },
  });
}

function stampOf(folder: string): string {
  return Object.values(tlsPaths(folder))
    .map((path) => {
      const { ino, mtimeMs } = statSync(path);
      return `${ino} ${mtimeMs}`;
    })
    .join();
}
