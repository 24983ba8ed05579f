import { runCli } from '@guichet/cli';
import { bringUp } from '../local-cluster/up.ts';

await runCli(() => bringUp('minikube', (text) => process.stdout.write(`${text}\n`)));
