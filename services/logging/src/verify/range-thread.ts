import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from '@guichet/database';
import { silentLog } from '@guichet/log';
import { verifyRange } from './verify-range.ts';
import { bufferOf, type ThreadAnswer, type ThreadData, type ThreadTask } from './verify-threads.ts';

const { settings, head, keys, witnessed, page } = workerData as ThreadData;
// What fails is reported to the thread that asked.
const db = openDatabase(settings, silentLog);
const known = witnessed === null ? null : { ...witnessed, hash: bufferOf(witnessed.hash) };

parentPort?.on('message', async ({ range: { begin, end }, kept }: ThreadTask) => {
  const range = { begin: { ...begin, hash: bufferOf(begin.hash) }, end };
  const checkpoints = kept.map(({ hash, signature, ...one }) => ({
    ...one,
    hash: bufferOf(hash),
    signature: bufferOf(signature),
  }));
  const options = { head, keys, kept: checkpoints, witnessed: known, page };
  const answer = await verifyRange(db, range, options).then(
    (outcome): ThreadAnswer => ({ outcome }),
    (error: Error): ThreadAnswer => ({ error }),
  );
  parentPort?.postMessage(answer);
});
