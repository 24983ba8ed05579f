import { UserError } from '@guichet/cli';
import test from 'ava';
import { imageLoader, machineCommands, readOptions } from './options.ts';

test('an earlier commit is named by --from, and without it none is built', (t) => {
  t.is(readOptions([], {}).from, null);
  t.like(readOptions(['previous', '--from', 'HEAD~1'], {}), { from: 'HEAD~1', wanted: ['previous'] });
  t.throws(() => readOptions(['--form', 'HEAD~1'], {}), { instanceOf: UserError, message: /--form/ });
});

test('kind loads images and stops machines without settings; other clusters take commands', (t) => {
  t.deepEqual(imageLoader('kind-bank', null)?.slice(0, 2), ['kind', 'load']);
  t.deepEqual(machineCommands('kind-bank', null)?.start, ['docker', 'start']);
  t.is(machineCommands('minikube', null), null);
  const { nodeCommands } = readOptions([], { GUICHET_NODE_STOP: 'node off', GUICHET_NODE_START: 'node on' });
  t.deepEqual(machineCommands('other', nodeCommands), { stop: ['node', 'off'], start: ['node', 'on'] });
});

test('a machine that could be stopped but not started is refused', (t) => {
  t.throws(() => readOptions([], { GUICHET_NODE_STOP: 'off' }), { message: /belong together/ });
});
