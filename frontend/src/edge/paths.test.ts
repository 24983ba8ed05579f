import test from 'ava';
import { destinationOf, laneOf, readsWholeBank } from './paths.ts';

test('each route goes to the service named in the contract', (t) => {
  t.deepEqual(destinationOf('/api/auth/login'), { to: 'auth' });
  t.deepEqual(destinationOf('/.well-known/jwks.json'), { to: 'auth' });
  t.deepEqual(destinationOf('/.well-known/log-keys.json'), { to: 'logging' });
  t.deepEqual(destinationOf('/api/logs'), { to: 'logging' });
  t.deepEqual(destinationOf('/api/mail/dead-letters'), { to: 'mailer' });
  t.deepEqual(destinationOf('/api/mails'), { to: 'accounts' });
  t.deepEqual(destinationOf('/api/logs/stats?bucket=day'), { to: 'logging' });
  for (const path of [
    '/api/accounts',
    '/api/comptes/',
    '/api/virement',
    '/api/operations/x/approve',
    '/api',
  ]) {
    t.deepEqual(destinationOf(path), { to: 'accounts' }, path);
  }
  t.deepEqual(
    destinationOf('/api/accounts?q=%2F..%2Finternal'),
    { to: 'accounts' },
    'a query may hold anything',
  );
});

test('a prefix matches whole segments only', (t) => {
  t.deepEqual(destinationOf('/api/authority'), { to: 'accounts' });
  t.deepEqual(destinationOf('/api/logsbook'), { to: 'accounts' });
  t.is(destinationOf('/apis'), 'pages');
});

test('other paths go to the pages', (t) => {
  for (const path of ['/', '/login', '/accounts/new', '/operations/1?x=/api/', '/assets/app.css']) {
    t.is(destinationOf(path), 'pages', path);
  }
});

test('no path trick reaches the internal routes', (t) => {
  const tricks = [
    '/internal/people/1/leave',
    '/INTERNAL/x',
    '//internal/x',
    '/./internal/x',
    '/%69nternal/x',
    '/%2569nternal/x',
    '/api/../internal/x',
    '/api/auth/../../internal/x',
    '/api/%2e%2e/internal/x',
    '/api/%2E%2E/internal/x',
    '/api/%252e%252e/internal/x',
    '/api/..%2finternal/x',
    '/api/..%5cinternal/x',
    '/api/..\\internal/x',
    '/api/..;/internal/x',
    '/api//internal/x',
    '/api/./internal',
    '/api/auth/%2e%2e/accounts',
    '/api/auth%2f..%2faccounts',
    '/api/accounts/%00',
    '/api/accounts/%0d%0aHost:evil',
    '/api/accounts/%zz',
    '/api/accounts/#/../internal',
    '/%61pi/accounts',
    '/x/../api/accounts',
  ];
  for (const target of tricks) t.is(destinationOf(target), 'nowhere', target);
});

test('streams and documents have their own connections', (t) => {
  t.is(laneOf('/api/logs/stream'), 'streams');
  t.is(laneOf('/API/logs/STREAM/?level=ERROR'), 'streams');
  for (const path of [
    '/api/logs/export/?format=csv',
    '/api/auth/profile/export',
    '/api/logs/verify',
    '/api/ledger/reconciliation',
    '/api/accounts/1/statement?format=pdf',
    '/api/accounts/1/rib.pdf',
  ])
    t.is(laneOf(path), 'documents', path);
  for (const path of ['/api/logs', '/api/auth/login', '/api/accounts/1/statements'])
    t.is(laneOf(path), 'calls', path);
});

test('routes that read the whole bank are recognized, and others under their path are not', (t) => {
  t.true(readsWholeBank('/api/ledger/reconciliation'));
  t.true(readsWholeBank('/api/logs/verify/?x=1'));
  t.false(readsWholeBank('/api/ledger/reconciliation/more'));
  t.false(readsWholeBank('/api/logs'));
});
