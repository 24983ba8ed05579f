/** Programs that are not npm packages. */
export type Need = 'database' | 'dump' | 'nats' | 'chromium' | 'promtool' | 'prometheus';

export interface Way {
  /** `go` builds into the project's cache, `sid` extracts a package of Debian sid into it; `apt` installs the system's packages. */
  by: 'go' | 'sid' | 'apt';
  needs: Need[];
}

export interface Means {
  hasGo: boolean;
  hasApt: boolean;
  /** Packages of Debian can be downloaded and extracted. */
  hasDebianTools: boolean;
  isRoot: boolean;
}

export const DEBIAN_PACKAGES: Readonly<Record<Need, readonly string[]>> = {
  database: ['mariadb-server-core', 'mariadb-client-core'],
  dump: ['mariadb-client'],
  nats: ['nats-server'],
  chromium: ['chromium'],
  promtool: ['prometheus'],
  prometheus: ['prometheus'],
};

const NAMES: Readonly<Record<Need, string>> = {
  database: 'MariaDB (mariadbd, 10.11 or newer) or MySQL (mysqld, 8.4 or newer)',
  dump: 'mariadb-dump or mysqldump',
  nats: 'nats-server (2.11 or newer)',
  chromium: 'chromium',
  promtool: 'promtool (of Prometheus)',
  prometheus: 'prometheus',
};

const BREW_PACKAGES: Readonly<Record<Need, string>> = {
  database: 'mariadb',
  dump: 'mariadb',
  nats: 'nats-server',
  chromium: 'chromium',
  promtool: 'prometheus',
  prometheus: 'prometheus',
};

/** How to install what is missing, in order; empty if this machine does not allow it. */
export function waysToInstall(missing: readonly Need[], means: Means): Way[] {
  const ways: Way[] = [];
  if (missing.includes('nats')) {
    if (means.hasGo) ways.push({ by: 'go', needs: ['nats'] });
    if (means.hasDebianTools) ways.push({ by: 'sid', needs: ['nats'] });
  }
  if (means.hasApt && means.isRoot) ways.push({ by: 'apt', needs: [...missing] });
  return ways;
}

/** Names what is missing and the command that installs it. */
export function missingSentence(
  missing: readonly Need[],
  means: Pick<Means, 'hasApt'>,
  platform: string,
): string {
  const what = missing.map((need) => NAMES[need]).join(' and ');
  const packages = missing.flatMap((need) => DEBIAN_PACKAGES[need]).join(' ');
  const brew = missing.map((need) => BREW_PACKAGES[need]);
  if (means.hasApt) {
    return `Missing on this machine: ${what}. Install with: sudo apt-get install --no-install-recommends ${packages}`;
  }
  if (platform === 'darwin')
    return `Missing on this machine: ${what}. Install with: brew install ${brew.join(' ')}`;
  return `Missing on this machine: ${what}. Install it with your system's package manager, and make sure that it is in PATH.`;
}

export interface DatabaseVersion {
  flavour: 'mariadb' | 'mysql';
  isNewEnough: boolean;
}

/** Reads `mariadbd --version` or `mysqld --version`. */
export function readDatabaseVersion(output: string): DatabaseVersion | null {
  const found = /Ver\s+(\d+)\.(\d+)/.exec(output);
  if (found === null) return null;
  const version = Number(found[1]) * 100 + Number(found[2]);
  return /mariadb/i.test(output)
    ? { flavour: 'mariadb', isNewEnough: version >= 1011 }
    : { flavour: 'mysql', isNewEnough: version >= 804 };
}

/**
 * Whether `nats-server --version` is at least 2.11. Older ones, up to 2.10.0 at least, may lose a message that is delivered to a consumer that leaves, until its time to acknowledge is
 * over, and deliver another one twice.
 */
export function isNatsNewEnough(output: string): boolean {
  const found = /v?(\d+)\.(\d+)\.\d+/.exec(output);
  return found !== null && Number(found[1]) * 100 + Number(found[2]) >= 211;
}
