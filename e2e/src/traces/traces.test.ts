import { readFile } from 'node:fs/promises';
import { type CollectedSpan, eventually, type OtlpCollector, startOtlpCollector } from '@guichet/testing';
import { type RunningBank, startBank } from '@guichet/tools';
import test from 'ava';
import { mailTo } from '../mailbox.ts';
import { drawTrace } from './draw-trace.ts';
import { PLANTED, type TracedTransfer, transferOnPages } from './trace-transfer.ts';

let collector: OtlpCollector;
let bank: RunningBank;
let transfer: TracedTransfer;
let approval: CollectedSpan[];

test.before(async () => {
  collector = await startOtlpCollector();
  bank = await startBank({
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, LOG_LEVEL: 'debug' },
  });
  transfer = await transferOnPages(bank);
  approval = await eventually(() => approvalOf(collector.spans), 60_000);
});
test.after.always(async () => {
  await bank?.stop();
  await collector?.close();
});

/** The last spans of an approval, each with how many there are: the log's consumer handles the decision, and then that the mail was sent. */
const LAST_SPANS = [
  { service: 'accounts', name: 'send LOG', count: 1 },
  { service: 'accounts', name: 'send MAIL', count: 1 },
  { service: 'mailer', name: 'send LOG', count: 1 },
  { service: 'logging', name: 'transaction', count: 2 },
  { service: 'logging', name: 'process LOG', count: 2 },
] as const;

/** The spans of the approval on the agent's page, once all of them have arrived: each process exports its own, at its own times. */
function approvalOf(spans: readonly CollectedSpan[]): CollectedSpan[] | null {
  const click = spans.find(({ service, name }) => service === 'frontend' && /^POST .*approve/.test(name));
  const trace = spans.filter(({ traceId }) => traceId === click?.traceId);
  const ids = new Set(trace.map(({ spanId }) => spanId));
  const isWhole =
    trace.every(({ parentSpanId }) => parentSpanId === '' || ids.has(parentSpanId)) &&
    LAST_SPANS.every(
      (last) =>
        trace.filter(({ service, name }) => service === last.service && name === last.name).length >=
        last.count,
    );
  return click !== undefined && isWhole ? trace : null;
}

/** The names of a span and of those above it, from the first. */
function pathTo(span: CollectedSpan | undefined, trace: readonly CollectedSpan[]): string[] {
  if (span === undefined) return [];
  const above = trace.find(({ spanId }) => spanId === span.parentSpanId);
  return [...pathTo(above, trace), `${span.service}: ${span.name}`];
}

test.serial(
  'the approval of a transfer is one trace, from the click to the mail, and no parent is missing',
  (t) => {
    t.log(`\n${drawTrace(approval)}`);
    const ids = new Set(approval.map(({ spanId }) => spanId));
    const roots = approval.filter(({ parentSpanId }) => parentSpanId === '');
    t.is(roots.length, 1);
    t.like(roots[0], { service: 'frontend', kind: 'server' });
    for (const { name, parentSpanId } of approval) t.true(parentSpanId === '' || ids.has(parentSpanId), name);
    t.deepEqual([...new Set(approval.map(({ service }) => service))].sort(), [
      'accounts',
      'frontend',
      'logging',
      'mailer',
    ]);

    const find = (service: string, name: string) =>
      approval.find((span) => span.service === service && span.name === name);
    const click = [`frontend: ${roots[0]?.name}`, 'frontend: POST accounts'];
    const handled = [...click, 'accounts: POST /api/operations/:id/approve'];
    t.deepEqual(pathTo(find('accounts', 'transaction'), approval), [
      ...handled,
      'accounts: batch of decisions',
      'accounts: transaction',
    ]);
    for (const [service, name] of [
      ['accounts', 'send LOG'],
      ['accounts', 'send MAIL'],
      ['logging', 'process LOG'],
      ['mailer', 'process MAIL'],
    ] as const)
      t.deepEqual(pathTo(find(service, name), approval), [...handled, `${service}: ${name}`]);
    t.deepEqual(pathTo(find('mailer', 'send mail'), approval), [
      ...handled,
      'mailer: process MAIL',
      'mailer: send mail',
    ]);
    t.truthy(find('logging', 'transaction'));
  },
);

test.serial('the request, its own trace, ends in the log too', async (t) => {
  const request = collector.spans.find(
    ({ service, name }) => service === 'frontend' && name === 'POST /transfers/review',
  );
  t.truthy(request);
  t.not(request?.traceId, approval[0]?.traceId);
  await eventually(() =>
    collector.spans.some(({ traceId, name }) => traceId === request?.traceId && name === 'process LOG'),
  );
});

test.serial('the audit entries of the transfer have the traces, which the member does not see', async (t) => {
  const { agent, member, operationId } = transfer;
  const entriesFor = async (person: typeof agent) =>
    (await person.get(`/api/logs?operation=${operationId}&limit=50`)).body.items as {
      action: string;
      trace_id: string | null;
    }[];
  const posted = (await entriesFor(agent)).find(({ action }) => action === 'TRANSFER_POSTED');
  t.is(posted?.trace_id, approval[0]?.traceId);
  for (const { trace_id } of await entriesFor(agent)) t.regex(trace_id ?? '', /^[0-9a-f]{32}$/);
  const seen = await entriesFor(member);
  t.true(seen.length > 1);
  t.true(seen.every(({ trace_id }) => trace_id === null));
  const mails = await mailTo(bank.mailUrl, 'member@example.org');
  t.false(JSON.stringify(mails).includes(approval[0]?.traceId ?? '-'));
});

test.serial('the lines of every process for the approval have its trace', async (t) => {
  const lines = (await readFile(bank.logFile, 'utf8'))
    .split('\n')
    .filter((line) => line.includes(approval[0]?.traceId ?? '-'));
  for (const service of ['frontend', 'accounts', 'mailer'])
    t.true(
      lines.some((line) => line.includes(service)),
      service,
    );
});

test.serial(
  'no span has a name, an address, an amount, a token, an id of a person, a query or a value of SQL',
  async (t) => {
    const { agent, member, operationId } = transfer;
    const secrets = [
      ...Object.values(PLANTED),
      'member@example.org',
      'agent@guichet.example',
      agent.username === 'agent' ? 'Counter and window 1' : '',
      member.password,
      member.id,
      agent.id,
      operationId,
      '8640',
      '86.40',
      member.tokens?.access ?? '-',
      agent.tokens?.access.split('.')[1] ?? '-',
      'Bearer',
      'SELECT ',
      'INSERT INTO',
    ].filter((text) => text !== '');
    t.true(collector.spans.length > 100);
    for (const body of collector.bodies) for (const secret of secrets) t.false(body.includes(secret), secret);
  },
);

test.serial('probes, assets and polling leave no traces', (t) => {
  const names = new Set(
    collector.spans.filter(({ parentSpanId }) => parentSpanId === '').map(({ name }) => name),
  );
  for (const name of names) t.notRegex(name, /readyz|assets|favicon|^SELECT|^transaction/);
});

test.serial('a collector that hangs or is gone stops nothing', async (t) => {
  const { member, agent } = transfer;
  const hang = () => {
    collector.manner = 'hang';
  };
  const { body } = await member.get('/api/accounts');
  for (const breakIt of [hang, () => collector.close()]) {
    await breakIt();
    const deposit = await member.post('/api/operations', {
      type: 'deposit',
      account_id: body.items[0].id,
      amount: 100,
    });
    t.is(deposit.status, 201);
    t.is((await agent.post(`/api/operations/${deposit.body.id}/approve`)).status, 200);
  }
});
