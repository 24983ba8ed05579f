import { connect } from 'node:net';

// Runs in the cluster: prints as JSON for each given host:port whether a connection can be opened.
const WITHIN_MS = 3_000;

const answers = await Promise.all(
  process.argv.slice(2).map(async (target): Promise<[string, boolean]> => [target, await opens(target)]),
);
process.stdout.write(`${JSON.stringify(Object.fromEntries(answers))}\n`);

function opens(target: string): Promise<boolean> {
  const [host = '', port = ''] = target.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: WITHIN_MS });
    const settle = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => settle(true));
    socket.once('timeout', () => settle(false));
    socket.once('error', () => settle(false));
  });
}
