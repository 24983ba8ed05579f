import test from 'ava';
import { hasRoomInMemory, temporaryRoot } from './temporary-root.ts';

const GIB = 2 ** 30;
const mounts = ['proc /proc proc rw,relatime 0 0', 'tmpfs /dev/shm tmpfs rw,nosuid,nodev 0 0', ''].join('\n');
const roomy = { freeBytes: 8 * GIB, freeMemoryBytes: 16 * GIB, mounts };

test('tests use memory for their files only where there is enough of it and programs may run', (t) => {
  t.true(hasRoomInMemory(roomy));
  // Docker's default.
  t.false(hasRoomInMemory({ ...roomy, freeBytes: 64 * 2 ** 20 }));
  t.false(hasRoomInMemory({ ...roomy, freeMemoryBytes: 4 * GIB }));
  t.false(hasRoomInMemory({ ...roomy, mounts: mounts.replace('nodev', 'nodev,noexec') }));
  t.false(hasRoomInMemory({ ...roomy, mounts: '' }));
});

test('TEST_FOLDER chooses the folder', async (t) => {
  t.is(await temporaryRoot({ TEST_FOLDER: '/srv/tests' }), '/srv/tests');
});
