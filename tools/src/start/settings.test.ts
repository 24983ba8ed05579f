import { SERVICES } from '@guichet/contract';
import { newSecrets } from '@guichet/jobs/secrets/secrets';
import test from 'ava';
import { missingSettings } from '../settings/required.ts';
import { BALANCED_SERVICES, type BankPorts, environmentOf, INNER_PORTS } from './settings.ts';

function bankWith(ports: readonly string[]) {
  const names = [...INNER_PORTS, 'public', 'mail_ui', ...ports];
  return {
    folder: '/bank',
    ports: Object.fromEntries(names.map((name, index) => [name, 20_000 + index])) as unknown as BankPorts,
    secrets: newSecrets(),
    superuser: { username: 'root', email: 'root@guichet.example' },
    environment: {},
  };
}

test('the local bank gives each service every setting that it requires', (t) => {
  for (const service of SERVICES)
    t.deepEqual(missingSettings(service, Object.keys(environmentOf(service, bankWith([])))), [], service);
});

test('in a cluster, each process knows every database node and calls the services by the balancer', (t) => {
  const seconds = SERVICES.flatMap((service) => [`${service}-2`, `${service}-2_admin`]);
  const balanced = BALANCED_SERVICES.map((service) => `${service}_balanced`);
  const bank = bankWith(['database-2', 'database-3', 'frontend', ...seconds, ...balanced]);
  const { ports } = bank;
  const hosts = ['database', 'database-2', 'database-3'] as const;
  t.is(
    environmentOf('accounts', bank, 'accounts-2').DATABASE_HOSTS,
    hosts.map((node) => `localhost:${ports[node]}`).join(),
  );
  t.is(environmentOf('accounts', bank, 'accounts-2').PORT, String(ports['accounts-2']));
  const frontend = environmentOf('frontend', bank, 'frontend-2');
  t.is(frontend.ACCOUNTS_URL, `https://127.0.0.1:${ports.accounts_balanced}`);
  t.is(frontend.PORT, String(ports['frontend-2']));
  // Only the balancer writes X-Forwarded-For; without one, the header is ignored.
  t.is(frontend.FORWARDED_HOPS, '1');
  t.is(environmentOf('frontend', bankWith([])).FORWARDED_HOPS, undefined);
});
