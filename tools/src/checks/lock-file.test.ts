import test from 'ava';
import { completeLock, missingBuilds } from './lock-file.ts';

const lock = {
  packages: {
    '': {},
    'node_modules/tool': {
      version: '1.0.0',
      dev: true,
      license: 'MIT',
      optionalDependencies: {
        '@tool/linux-x64-musl': '1.0.0',
        '@tool/linux-x64-gnu': '1.0.0',
        '@tool/win32-arm64': '1.0.0',
      },
    },
    'node_modules/@tool/linux-x64-gnu': { version: '1.0.0', optional: true },
  },
};

test('builds for other platforms that are missing from the lock file are found', (t) => {
  t.deepEqual(
    missingBuilds(lock).map(({ name }) => name),
    ['@tool/linux-x64-musl', '@tool/win32-arm64'],
  );
});

test('a completed lock file misses nothing, and each build has its platform', (t) => {
  const whole = completeLock(lock);
  t.deepEqual(missingBuilds(whole), []);
  t.deepEqual(whole.packages['node_modules/@tool/linux-x64-musl'], {
    version: '1.0.0',
    os: ['linux'],
    cpu: ['x64'],
    libc: ['musl'],
    dev: true,
    license: 'MIT',
    optional: true,
  });
  t.is(Object.keys(whole.packages)[0], '');
});

test('a build next to a nested package is not missing', (t) => {
  const nested = {
    packages: {
      '': {},
      'node_modules/a/node_modules/tool': { optionalDependencies: { build: '1.0.0' } },
      'node_modules/a/node_modules/build': { version: '1.0.0' },
    },
  };
  t.deepEqual(missingBuilds(nested), []);
});
