import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { eventually, type OtlpCollector, startOtlpCollector } from '@guichet/testing';
import test from 'ava';
import { currentTrace, currentTraceparent, outsideTraces, withinTrace } from './current.ts';
import type { Exporting } from './options.ts';
import { enterTrace, fromClient, fromPeer, inBatch, inSpan, inTrace, recordPast } from './spans.ts';
import { startTracing } from './start-tracing.ts';
import { formatTraceparent, newSpanId, newTraceId, type Trace } from './trace-context.ts';

/** Exports to `collector` while `work` runs. */
async function exporting<Result>(
  collector: Pick<OtlpCollector, 'endpoint'>,
  work: () => Promise<Result>,
  more: Partial<Exporting> = {},
): Promise<Result> {
  const traces = await startTracing({
    endpoint: collector.endpoint,
    headers: {},
    sampler: 'parentbased_always_on',
    ratio: 1,
    resource: { 'service.name': 'test' },
    onOutcome: () => undefined,
    everyMs: 50,
    ...more,
  });
  try {
    return await work();
  } finally {
    await traces.stop();
  }
}

const aTrace = (sampled: boolean): Trace => ({ traceId: newTraceId(), spanId: newSpanId(), sampled });

test.serial('without a collector a trace is followed and nothing is recorded', async (t) => {
  t.is(currentTrace(), null);
  t.is(currentTraceparent(), null);
  const seen = await inTrace('request', { origin: null }, async () => {
    await sleep(1);
    const inner = await inSpan('transaction', {}, async () => currentTrace());
    return { outer: currentTrace(), inner, outside: outsideTraces(currentTrace) };
  });
  t.regex(seen.outer?.traceId ?? '', /^[0-9a-f]{32}$/);
  t.deepEqual(seen.inner, seen.outer);
  t.false(seen.outer?.sampled);
  t.is(seen.outside, null);
  t.is(currentTrace(), null);
});

test.serial('without a collector the trace of a peer is passed on as it came', async (t) => {
  for (const sampled of [true, false]) {
    const traceparent = formatTraceparent(aTrace(sampled));
    t.is(
      enterTrace('GET', fromPeer(traceparent)).run(() => currentTraceparent()),
      traceparent,
    );
  }
});

test.serial('a client outside names the trace and never has it recorded', async (t) => {
  const named = aTrace(true);
  const trace = enterTrace('GET', fromClient(formatTraceparent(named))).run(() => currentTrace());
  t.deepEqual(trace, { ...named, sampled: false });
});

test.serial('without a collector OpenTelemetry is not loaded', async (t) => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ resolve: (name, context, next) => (loaded.push(name), next(name, context)) });
    const { inTrace, inSpan } = await import('@guichet/tracing');
    await inTrace('request', { origin: null }, () => inSpan('part', {}, async () => undefined));
    console.log(JSON.stringify(loaded));`;
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
  });
  const loaded = JSON.parse(stdout) as string[];
  t.true(loaded.includes('@guichet/tracing'));
  t.deepEqual(
    loaded.filter((name) => name.includes('opentelemetry')),
    [],
  );
});

test.serial('a trace is exported with its parents, kinds, attributes and resource', async (t) => {
  const collector = await startOtlpCollector();
  t.teardown(() => collector.close());
  const remote = aTrace(true);
  await exporting(
    collector,
    () =>
      inTrace('request', { origin: { trace: remote, isForeign: false }, kind: 'server' }, async (span) => {
        span.rename('GET /things/:id');
        await inSpan(
          () => 'transaction',
          { kind: 'client', attributes: { n: 3, on: true } },
          async (inner) => {
            inner.event('rolled back', { 'error.type': 'ER_LOCK_DEADLOCK' });
            await inSpan('inner', {}, async () => undefined);
          },
        );
        const failing = inSpan('failing', {}, async () => {
          throw Object.assign(new Error("Duplicate entry 'ann' for key 'username'"), {
            code: 'ER_DUP_ENTRY',
          });
        });
        await t.throwsAsync(failing);
      }),
    {
      headers: { 'x-key': 'secret' },
      resource: { 'service.name': 'test', 'deployment.environment.name': 'x' },
    },
  );
  t.is(collector.headers['x-key'], 'secret');
  t.is(collector.headers['content-type'], 'application/x-protobuf');
  const named = (name: string) => collector.spans.find((span) => span.name === name);
  const request = named('GET /things/:id');
  const transaction = named('transaction');
  t.like(request, {
    service: 'test',
    kind: 'server',
    traceId: remote.traceId,
    parentSpanId: remote.spanId,
    failed: false,
    resource: { 'service.name': 'test', 'deployment.environment.name': 'x' },
  });
  t.like(transaction, {
    kind: 'client',
    parentSpanId: request?.spanId,
    attributes: { n: 3, on: true },
    events: [{ name: 'rolled back', attributes: { 'error.type': 'ER_LOCK_DEADLOCK' } }],
  });
  t.like(named('inner'), { kind: 'internal', parentSpanId: transaction?.spanId });
  t.like(named('failing'), { failed: true, attributes: { 'error.type': 'ER_DUP_ENTRY' } });
  t.true(collector.spans.every(({ traceId }) => traceId === remote.traceId));
  t.true(
    collector.spans.every(({ startMs, endMs }) => startMs <= endMs && Math.abs(endMs - Date.now()) < 60_000),
  );
  t.false(collector.bodies.some((body) => body.includes('ann')));
});

/** Whether a trace of such an origin is recorded. */
async function isRecorded(
  collector: OtlpCollector,
  traceparent: string | null,
  more: Partial<Exporting>,
  from = fromPeer,
): Promise<boolean> {
  let isSampled: boolean | undefined;
  const before = collector.spans.length;
  await exporting(
    collector,
    () =>
      inTrace('one', { origin: from(traceparent) }, async () => {
        isSampled = currentTrace()?.sampled;
      }),
    more,
  );
  const isExported = collector.spans.length > before;
  if (isSampled !== isExported) throw new Error('the flag that is passed on does not agree');
  return isExported;
}

test.serial(
  'a sampler decides as OpenTelemetry specifies, and a client outside decides nothing',
  async (t) => {
    const collector = await startOtlpCollector();
    t.teardown(() => collector.close());
    const [yes, no] = [formatTraceparent(aTrace(true)), formatTraceparent(aTrace(false))];
    const decided = async (more: Partial<Exporting>) => [
      await isRecorded(collector, null, more),
      await isRecorded(collector, yes, more),
      await isRecorded(collector, no, more),
      await isRecorded(collector, yes, more, fromClient),
      await isRecorded(collector, no, more, fromClient),
    ];
    t.deepEqual(await decided({ sampler: 'parentbased_always_on' }), [true, true, false, true, true]);
    t.deepEqual(await decided({ sampler: 'parentbased_always_off' }), [false, true, false, false, false]);
    t.deepEqual(await decided({ sampler: 'parentbased_traceidratio', ratio: 0 }), [
      false,
      true,
      false,
      false,
      false,
    ]);
    t.deepEqual(await decided({ sampler: 'always_on' }), [true, true, true, true, true]);
    t.deepEqual(await decided({ sampler: 'always_off' }), [false, false, false, false, false]);
  },
);

test.serial('a client outside cannot choose a trace id that the ratio picks', async (t) => {
  const collector = await startOtlpCollector();
  t.teardown(() => collector.close());
  const picked = `00-${'0'.repeat(31)}1-${newSpanId()}-01`;
  const more = { sampler: 'traceidratio', ratio: 1e-6 } as const;
  t.true(await isRecorded(collector, picked, more), 'a process of the bank can');
  t.false(await isRecorded(collector, picked, more, fromClient));
});

test.serial('the batch of one trace is a part of it', async (t) => {
  const collector = await startOtlpCollector();
  t.teardown(() => collector.close());
  const trace = aTrace(true);
  const within = await exporting(collector, () =>
    inBatch('batch', { of: [trace, null, { ...trace }, undefined] }, async () => currentTrace()),
  );
  t.is(within?.traceId, trace.traceId);
  t.is(collector.spans.length, 1);
  t.like(collector.spans[0], { traceId: trace.traceId, parentSpanId: trace.spanId, links: [] });
});

test.serial(
  'the batch of several traces is a trace of its own, linked both ways with those that are recorded',
  async (t) => {
    const collector = await startOtlpCollector();
    t.teardown(() => collector.close());
    const [one, other, unrecorded] = [aTrace(true), aTrace(true), aTrace(false)];
    const seen = await exporting(collector, () =>
      inBatch('batch', { of: [one, other, unrecorded] }, async () => ({
        own: currentTrace(),
        item: withinTrace(other, currentTrace),
      })),
    );
    t.is(seen.item?.traceId, other.traceId);
    const own = collector.spans.find(({ traceId }) => traceId === seen.own?.traceId);
    t.deepEqual(
      own?.links.map(({ traceId }) => traceId),
      [one.traceId, other.traceId],
    );
    const parts = collector.spans.filter((span) => span !== own);
    t.deepEqual(
      parts.map(({ traceId, parentSpanId }) => ({ traceId, parentSpanId })),
      [one, other].map(({ traceId, spanId }) => ({ traceId, parentSpanId: spanId })),
    );
    for (const { links } of parts) t.is(links[0]?.spanId, own?.spanId);
  },
);

test.serial('without a collector a batch runs in the trace of its items if they have one', async (t) => {
  const trace = aTrace(true);
  const run = (of: (Trace | null)[]) => inBatch('batch', { of }, async () => currentTrace());
  t.deepEqual(await run([trace, null]), trace);
  const ofSeveral = await run([trace, aTrace(true)]);
  t.false([trace.traceId].includes(ofSeveral?.traceId ?? ''));
  t.truthy(await run([]));
});

test.serial(
  'what was done for several traces is recorded in each, and never computed for nothing',
  async (t) => {
    const collector = await startOtlpCollector();
    t.teardown(() => collector.close());
    const neverCalled = () => t.fail() as unknown as Trace[];
    recordPast('send', new Date(), { of: neverCalled });
    const traces = [aTrace(true), aTrace(true), aTrace(false)];
    await exporting(collector, async () =>
      recordPast('send', new Date(Date.now() - 1_000), { of: () => [...traces, traces[0] ?? null] }),
    );
    t.deepEqual(
      collector.spans.map(({ parentSpanId }) => parentSpanId),
      traces.slice(0, 2).map(({ spanId }) => spanId),
    );
    for (const { startMs, endMs } of collector.spans) t.true(endMs - startMs >= 990, `${endMs - startMs}`);
  },
);

for (const manner of ['refuse', 'hang'] as const) {
  test.serial(
    `a collector that would ${manner} slows nothing, and what waits for it is bounded`,
    async (t) => {
      const collector = await startOtlpCollector();
      t.teardown(() => collector.close());
      collector.manner = manner;
      const failures: (Error | null)[] = [];
      const startedAt = performance.now();
      await exporting(
        collector,
        async () => {
          for (let index = 0; index < 20_000; index += 1)
            await inTrace('request', { origin: null }, async () => undefined);
          t.true(performance.now() - startedAt < 10_000, 'the work itself');
          collector.manner = 'accept';
        },
        { onOutcome: (failure) => failures.push(failure) },
      );
      t.true(performance.now() - startedAt < 15_000, 'the stop too');
      // One export may be under way with 512 spans while 2,048 wait.
      t.true(collector.spans.length <= 512 + 2_048, `${collector.spans.length}`);
    },
  );
}

test.serial('a collector that is down is reported', async (t) => {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address() as { port: number };
  await new Promise((resolve) => free.close(resolve));
  const outcomes: (Error | null)[] = [];
  await exporting(
    { endpoint: `http://127.0.0.1:${port}` },
    async () => {
      await inTrace('request', { origin: null }, async () => undefined);
      t.true((await eventually(() => outcomes[0])) instanceof Error);
    },
    { onOutcome: (failure) => outcomes.push(failure) },
  );
});
