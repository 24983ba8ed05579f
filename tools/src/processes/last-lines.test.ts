import { UserError } from '@guichet/cli';
import test from 'ava';
import { retryUntilSuccess } from '../servers/retry-until-success.ts';
import { startGuard } from './guard.ts';
import { withLastLines, withoutSecrets } from './last-lines.ts';
import { SupervisedProcess } from './supervised.ts';

test('a server that is not ready in time is reported with its reason, its last output and how it ended', async (t) => {
  const guard = startGuard();
  const program = 'seq -f "line %g" 60; echo "no such port"; exit 3';
  const plan = {
    name: 'nats-2',
    program: '/bin/sh',
    args: ['-c', program],
    environment: {},
    stage: 1,
  } as const;
  const server = new SupervisedProcess(plan, { line: () => undefined, news: () => undefined }, guard);
  t.teardown(async () => {
    await server.stop();
    guard.close();
  });
  server.start();
  await retryUntilSuccess('the output', 10_000, async () => {
    if (!server.lastLines.some((line) => line.includes('exit code 3'))) throw new Error('not yet');
  });
  await server.stop();
  const ready = retryUntilSuccess('NATS', 0, () => Promise.reject(new Error('it does not answer')));
  const error = await t.throwsAsync(
    withLastLines(ready, () => [server]),
    { instanceOf: UserError },
  );
  const [reason, title, ...lines] = error.message.split('\n');
  t.is(reason, 'NATS was not ready in time: it does not answer.');
  t.is(title, 'The last output of nats-2:');
  t.is(lines.length, 40);
  t.true(lines.includes('    line 60'));
  t.true(lines.includes('    no such port'));
  t.is(lines.at(-1), '    (ended (exit code 3))');
});

test('what succeeds is returned', async (t) => {
  t.is(await withLastLines(Promise.resolve(7), () => []), 7);
});

test('no secret is in a reported text, wherever it is among the secrets', (t) => {
  const secrets = { root: 'correct-horse', each: { auth: 'battery.*staple' }, list: [undefined, 'n'] };
  t.is(
    withoutSecrets('auth=battery.*staple root=correct-horse correct-horse n', secrets),
    'auth=[secret] root=[secret] [secret] n',
  );
});
