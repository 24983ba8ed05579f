import { SERVICES } from '@guichet/contract';
import test from 'ava';
import { affectedServices } from './watch.ts';

test('a change of its own files or of a package restarts a service', (t) => {
  t.deepEqual(affectedServices('services/auth/src/app.ts'), ['auth']);
  t.deepEqual(affectedServices('frontend/views/login.njk'), ['frontend']);
  t.deepEqual(affectedServices('packages/http/src/app.ts'), [...SERVICES]);
});

test('changes of tests, built files and temporary files of editors restart nothing', (t) => {
  for (const path of [
    'services/auth/src/app.test.ts',
    'frontend/public/app.css',
    'frontend/public.new-123/app.css',
    'services/auth/node_modules/x/index.js',
    'services/auth/src/app.ts~',
    'packages/http/README.md',
    'docs/architecture.md',
  ]) {
    t.deepEqual(affectedServices(path), [], path);
  }
});
