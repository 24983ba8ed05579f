import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { enterTrace, fromPeer, inSpan, withinTrace } from '@guichet/tracing';
import type { BenchBank } from './bench-bank.ts';
import { median, percentile } from './closed-loop.ts';
import { memoryMibOf } from './resources.ts';
import { type Rounds, type Run, runRounds } from './run.ts';
import type { BenchAccount } from './seed.ts';

const TRACING_MODES = ['off', 'a tenth of the traces', 'all traces'] as const;
type TracingMode = (typeof TRACING_MODES)[number];

/** The cost of decisions over HTTP while traces are recorded, or not. */
export interface TracingFigure {
  mode: TracingMode;
  perSecond: number;
  p99Ms: number;
  /** CPU time of the accounts service for each decision, in microseconds. */
  cpuMicros: number;
  memoryMib: number;
}

/** Starts accounts again in each mode in turn, in every round, and decides requests over HTTP. The collector is a local process that accepts everything. */
export async function measureTracing(
  bench: BenchBank,
  accounts: readonly BenchAccount[],
  rounds: Rounds,
  say: (text: string) => void,
): Promise<TracingFigure[]> {
  const sink = fork(fileURLToPath(new URL('tracing-sink.ts', import.meta.url)));
  const runs = new Map<TracingMode, { run: Run; memoryMib: number }[]>(
    TRACING_MODES.map((mode) => [mode, []]),
  );
  try {
    const [endpoint] = (await once(sink, 'message')) as [string];
    for (let round = 1; round <= rounds.rounds; round += 1) {
      for (const mode of TRACING_MODES) {
        await bench.start('accounts', { RECONCILE_EVERY_SECONDS: '86400', ...settingsOf(mode, endpoint) });
        const steps = [{ name: 'c', spread: 'uniform' }] as const;
        const [run] = await runRounds(bench, accounts, steps, { ...rounds, rounds: 1 }, () => undefined);
        if (run === undefined) throw new Error('the round has no run');
        const memoryMib = memoryMibOf(bench.bank.process('accounts').pid ?? 0);
        runs.get(mode)?.push({ run, memoryMib });
        say(`round ${round}, ${mode}: ${Math.round(run.done / run.seconds)} decisions per second`);
      }
    }
  } finally {
    await end(sink);
  }
  return TRACING_MODES.map((mode) => figureOf(mode, runs.get(mode) ?? []));
}

function settingsOf(mode: TracingMode, endpoint: string): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: mode === 'off' ? '' : endpoint,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: mode === 'a tenth of the traces' ? '0.1' : '1',
  };
}

function figureOf(mode: TracingMode, runs: readonly { run: Run; memoryMib: number }[]): TracingFigure {
  const of = (value: (run: Run) => number) => median(runs.map(({ run }) => value(run)));
  return {
    mode,
    perSecond: of(({ done, seconds }) => done / seconds),
    p99Ms: of(({ latenciesMs }) => percentile(latenciesMs, 0.99)),
    cpuMicros: of(({ done, replicaCpuSeconds: [cpu = 0] }) => (cpu / done) * 1e6),
    memoryMib: median(runs.map(({ memoryMib }) => memoryMib)),
  };
}

async function end(sink: ChildProcess): Promise<void> {
  sink.disconnect();
  await once(sink, 'exit');
}

const CALLS = 200_000;

/** The time of each call of this package while nothing is recorded, in nanoseconds. */
export async function offNanos(): Promise<Record<'request' | 'span' | 'item of a batch', number>> {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00';
  const work = async () => undefined;
  const timed = async (call: () => Promise<unknown>): Promise<number> => {
    // The first pass warms up.
    let nanos = 0;
    for (let pass = 0; pass < 3; pass += 1) {
      const began = process.hrtime.bigint();
      for (let index = 0; index < CALLS; index += 1) await call();
      nanos = Number(process.hrtime.bigint() - began) / CALLS;
    }
    return nanos;
  };
  const bare = await timed(work);
  const trace = fromPeer(traceparent)?.trace;
  return {
    request:
      (await timed(() => enterTrace('GET', fromPeer(traceparent), { kind: 'server' }).run(work))) - bare,
    span: (await timed(() => inSpan('transaction', {}, work))) - bare,
    'item of a batch': (await timed(() => withinTrace(trace, work))) - bare,
  };
}
