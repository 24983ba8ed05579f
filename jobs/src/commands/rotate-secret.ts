import { text } from 'node:stream/consumers';
import { runCli, UserError } from '@guichet/cli';
import { rotateObject } from '../secrets/rotate-object.ts';
import { isStep, runSecretsCommand } from '../secrets/run-secrets-command.ts';

// `rotate-secret.ts STEP NAME` changes a Kubernetes secret on its way from stdin to stdout, which `kubectl replace -f -` stores.
// `rotate-secret.ts STEP NAME FOLDER` changes the secrets of Compose, which `init` hands out at the next start.
await runCli(async () => {
  const [step = '', name, folder] = process.argv.slice(2);
  if (name === undefined || !isStep(step))
    throw new UserError('Use add, promote, rotate or retire, then the name of a secret');
  const lines =
    folder === undefined
      ? [JSON.stringify(await rotateObject(name, step, JSON.parse(await text(process.stdin)), new Date()))]
      : await runSecretsCommand(folder, [step, name]);
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
});
