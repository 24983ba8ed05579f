import { SERVICES } from '@guichet/contract';
import { newSecrets } from '@guichet/jobs/secrets/secrets';
import test from 'ava';
import { missingSettings } from '../settings/required.ts';
import { type BankPorts, environmentOf, INNER_PORTS } from './settings.ts';

test('the local bank gives each service every setting that it requires', (t) => {
  const names = [...INNER_PORTS, 'public', 'mail_ui'];
  const bank = {
    folder: '/bank',
    ports: Object.fromEntries(names.map((name, index) => [name, 20_000 + index])) as unknown as BankPorts,
    secrets: newSecrets(),
    superuser: { username: 'root', email: 'root@guichet.example' },
    environment: {},
  };
  for (const service of SERVICES)
    t.deepEqual(missingSettings(service, Object.keys(environmentOf(service, bank))), [], service);
});
