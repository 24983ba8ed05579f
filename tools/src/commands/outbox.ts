import { runCli, UserError } from '@guichet/cli';
import { runServiceCommand } from '../start/run-service-command.ts';

// The outboxes of the local bank: `npm run outbox -- republish --since 2h [--service auth|accounts]`, or list, retry, discard.
const SERVICES = ['auth', 'accounts'] as const;

await runCli(async () => {
  const args = process.argv.slice(2);
  const at = args.indexOf('--service');
  const [, name] = at === -1 ? [] : args.splice(at, 2);
  const services = at === -1 ? SERVICES : SERVICES.filter((service) => service === name);
  if (services.length === 0) throw new UserError('Only auth and accounts have an outbox.');
  let status = 0;
  for (const service of services) status ||= await runServiceCommand(service, 'outbox-command.ts', args);
  return status;
});
