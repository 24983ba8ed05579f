/** The relevant parts of package-lock.json. */
export interface LockFile {
  packages: Record<string, LockEntry>;
}

interface LockEntry {
  version?: string;
  license?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const SYSTEMS = ['linux', 'darwin', 'win32', 'android', 'freebsd', 'openbsd', 'netbsd', 'sunos', 'aix'];
const PROCESSORS = [
  'x64',
  'arm64',
  'arm',
  'ia32',
  'ppc64',
  's390x',
  'riscv64',
  'loong64',
  'mips64el',
  'wasm32',
];

/**
 * Builds for other platforms that a package lists and the lock file misses. `npm ci` refuses such a lock file on every machine; npm
 * writes one if the registry doesn't have those builds.
 */
export function missingBuilds(lock: LockFile): { name: string; version: string; of: string }[] {
  return Object.entries(lock.packages).flatMap(([of, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !isLocked(lock, of, name))
      .map(([name, version]) => ({ name, version, of })),
  );
}

/** Adds an entry for every missing build, without a checksum. */
export function completeLock(lock: LockFile): LockFile {
  const packages = { ...lock.packages };
  for (const { name, version, of } of missingBuilds(lock)) {
    const parent = packages[of] ?? {};
    packages[`node_modules/${name}`] = {
      version,
      ...platformOf(name),
      ...(parent.dev === undefined ? {} : { dev: parent.dev }),
      ...(parent.license === undefined ? {} : { license: parent.license }),
      optional: true,
    };
  }
  const [root, ...others] = Object.entries(packages);
  others.sort(([one], [other]) => one.localeCompare(other, 'en'));
  return { ...lock, packages: Object.fromEntries(root === undefined ? [] : [root, ...others]) };
}

/** Looks where Node would: next to the package, then in each parent folder. */
function isLocked(lock: LockFile, of: string, name: string): boolean {
  for (let at = of; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    if (lock.packages[at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`] !== undefined)
      return true;
    if (at === '') return false;
  }
}

function platformOf(name: string): Pick<LockEntry, 'os' | 'cpu' | 'libc'> {
  const words = name.replace(/^@[^/]+\//, '').split('-');
  const os = words.filter((word) => SYSTEMS.includes(word));
  const cpu = words.filter((word) => PROCESSORS.includes(word));
  const isMusl = words.includes('musl');
  const isGlibc = words.some((word) => word === 'glibc' || word.startsWith('gnu'));
  return {
    ...(os.length === 0 ? {} : { os }),
    ...(cpu.length === 0 ? {} : { cpu }),
    ...(isMusl ? { libc: ['musl'] } : isGlibc ? { libc: ['glibc'] } : {}),
  };
}
