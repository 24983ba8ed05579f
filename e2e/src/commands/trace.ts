import { runCli } from '@guichet/cli';
import { eventually, startOtlpCollector } from '@guichet/testing';
import { startBank } from '@guichet/tools';
import { drawTrace } from '../traces/draw-trace.ts';
import { transferOnPages } from '../traces/trace-transfer.ts';

// Prints the traces of a transfer on the pages of a separate bank, the request and the approval, as docs/tracing.md shows them.
await runCli(async () => {
  const collector = await startOtlpCollector();
  const bank = await startBank({ environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint } });
  try {
    await transferOnPages(bank);
    for (const [click, last] of [
      [/^POST \/transfers\/review/, 'process LOG'],
      [/^POST .*approve/, 'send mail'],
    ] as const) {
      const traceId = await eventually(() => {
        const ended = collector.spans.filter(({ name }) => name === last).map((span) => span.traceId);
        return collector.spans.find(
          (span) => span.service === 'frontend' && click.test(span.name) && ended.includes(span.traceId),
        )?.traceId;
      }, 60_000);
      const count = () => collector.spans.filter((span) => span.traceId === traceId).length;
      let before = -1;
      await eventually(async () => {
        const isComplete = count() === before;
        before = count();
        await new Promise((resolve) => setTimeout(resolve, 3_000));
        return isComplete;
      }, 60_000);
      console.log(`\n${drawTrace(collector.spans.filter((span) => span.traceId === traceId))}`);
    }
    return 0;
  } finally {
    await bank.stop();
    await collector.close();
  }
});
