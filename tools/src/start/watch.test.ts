import { SERVICES } from '@guichet/contract';
import test from 'ava';
import { touchedBy } from './watch.ts';

test('a service is touched by its own files, and by every package', (t) => {
  t.deepEqual(touchedBy('services/auth/src/app.ts'), ['auth']);
  t.deepEqual(touchedBy('frontend/views/login.njk'), ['frontend']);
  t.deepEqual(touchedBy('packages/http/src/app.ts'), [...SERVICES]);
});

test('tests, what is built, and what editors leave lying about touch nobody', (t) => {
  for (const path of [
    'services/auth/src/app.test.ts',
    'frontend/public/app.css',
    'frontend/public.new-123/app.css',
    'services/auth/node_modules/x/index.js',
    'services/auth/src/app.ts~',
    'packages/http/README.md',
    'docs/architecture.md',
  ]) {
    t.deepEqual(touchedBy(path), [], path);
  }
});
