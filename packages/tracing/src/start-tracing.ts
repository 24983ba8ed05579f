import type { Exporting } from './options.ts';
import { record } from './recorder.ts';

/**
 * Records and exports the spans of this process. Only this loads the SDK, so a process that exports nothing pays neither its memory nor its start.
 * Stopping sends what waits, for two seconds at most.
 */
export async function startTracing(exporting: Exporting): Promise<{ stop(): Promise<void> }> {
  const { createRecorder } = await import('./exporting.ts');
  const { recorder, stop } = createRecorder(exporting);
  const remove = record(recorder);
  return {
    async stop() {
      remove();
      await stop();
    },
  };
}
