import type { Log } from '@guichet/log';
import { toJson } from '@guichet/log-checkpoints';
import { type ScheduledJob, scheduleJob } from '@guichet/scheduled-jobs';
import { appendCheckpoint } from './checkpoint-file.ts';
import { type Signing, signEnd } from './sign-end.ts';

export const CHECKPOINTS = 'checkpoints';

/** The outcome of a run, stored for the metrics of every replica. */
export interface CheckpointOutcome {
  /** The sequence that the newest checkpoint covers; 0 for an empty log. */
  sequence: number;
}

/**
 * Signs the end of the log every `everySeconds`, on one replica, and once more when this process stops. A new checkpoint is stored, printed to stdout, and
 * added to the file in `folder`.
 */
export function keepSigning(
  signing: Signing & { log: Log; folder?: string | undefined },
  { everySeconds }: { everySeconds: number },
): ScheduledJob {
  const { db, log, folder } = signing;

  async function sign(): Promise<CheckpointOutcome> {
    const signed = await signEnd(signing);
    if (signed === null) return { sequence: 0 };
    const { checkpoint, isNew } = signed;
    if (isNew) log.info({ checkpoint: toJson(checkpoint) }, 'log checkpoint');
    if (folder !== undefined) await appendCheckpoint(folder, checkpoint);
    return { sequence: Number(checkpoint.sequence) };
  }

  const job = scheduleJob({ db, log, name: CHECKPOINTS, everySeconds, work: sign });
  return {
    async stop() {
      await job.stop();
      await sign();
    },
  };
}
