import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checkpoint, toJson } from '@guichet/log-checkpoints';

const CHECKPOINT_FILE = 'checkpoints.ndjson';
/** More than a line. */
const TAIL_BYTES = 1_024;

/** Adds a checkpoint to the end of the file in `folder`, unless it is there; a line that a crash cut off is left behind. */
export async function appendCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = await open(join(folder, CHECKPOINT_FILE), 'a+');
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    await file.read(tail, 0, tail.length, size - tail.length);
    const line = JSON.stringify(toJson(checkpoint));
    if (tail.toString().endsWith(`${line}\n`)) return;
    const isCutOff = size > 0 && tail.at(-1) !== 10;
    await file.appendFile(`${isCutOff ? '\n' : ''}${line}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}
