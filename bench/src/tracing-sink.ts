import { startOtlpCollector } from '@guichet/testing';

// A collector in a process of its own, so that its work is not counted as that of the bank.
const collector = await startOtlpCollector({ keeps: false });
process.send?.(collector.endpoint);
process.once('disconnect', () => void collector.close());
