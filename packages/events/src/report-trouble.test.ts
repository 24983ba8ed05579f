import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEvent } from '@guichet/contract/events';
import { createLog, type Log } from '@guichet/log';
import { eventually, startTestNats, testBroker, testEnvelopes } from '@guichet/testing';
import { withinTrace } from '@guichet/tracing';
import test from 'ava';
import type { Broker } from './broker.ts';
import { reportTrouble } from './report-trouble.ts';

function captured(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { lines, log: createLog({ service: 'auth' }, { write: (line) => void lines.push(line) }) };
}

/** A broker whose `publish` the test provides. */
function fakeBroker(publish: Broker['publish'], ready = () => true): Pick<Broker, 'ready' | 'publish'> {
  return { ready, publish };
}

function collecting(ready = () => true) {
  const events: AuditEvent[] = [];
  const subjects: string[] = [];
  const broker = fakeBroker(async ({ subject, payload }) => {
    subjects.push(subject);
    return events.push(JSON.parse(Buffer.from(payload).toString()));
  }, ready);
  return { broker, events, subjects };
}

test('a warning and an error reach the log’s stream, sealed, redacted, with their correlation id', async (t) => {
  const nats = await startTestNats();
  const envelopes = testEnvelopes();
  const broker = await testBroker(nats, ['LOG'], 'auth', envelopes.auth);
  t.teardown(() => broker.close().then(() => nats.remove()));
  const { log } = captured();
  const reporting = reportTrouble({ log, broker, service: 'auth' });
  log.info('all is well');
  log.warn({ password: 'S3cr3t', url: '/x?token=S3cr3t' }, 'odd');
  log.child({ correlation_id: 'request-1' }).error({ err: new Error('broken'), user: 'u1' }, 'failed');
  const { manager } = await broker.whenReady();
  await eventually(async () => (await manager.streams.info('LOG')).state.messages === 2);
  const stored = async (seq: number) => {
    const { subject, data, header } = await manager.streams.getMessage('LOG', { seq });
    t.false(Buffer.from(data).includes('"action"'));
    const opened = envelopes.logging.open({ id: header.get('Nats-Msg-Id'), subject, data });
    return { subject, event: JSON.parse(opened.data.toString()) as AuditEvent };
  };
  const warning = await stored(1);
  t.is(warning.subject, 'log.system.warning');
  t.like(warning.event, {
    service: 'auth',
    level: 'WARNING',
    action: 'SERVICE_WARNING',
    message: 'odd',
    actor: null,
  });
  t.deepEqual(warning.event.data, { password: '[redacted]', url: '/x?token=[redacted]' });
  const failure = await stored(2);
  t.is(failure.subject, 'log.system.error');
  t.like(failure.event, { level: 'ERROR', message: 'failed', correlation_id: 'request-1', concerns: [] });
  t.deepEqual(failure.event.data, { err: { type: 'Error', message: 'broken' }, user: 'u1' });
  t.regex(failure.event.id, /^[0-9a-f-]{36}$/);
  await reporting.stop();
});

test('a line about something that has its own entry in the audit log is written, but not published', async (t) => {
  const { broker, events } = collecting();
  const { log, lines } = captured();
  const reporting = reportTrouble({ log, broker, service: 'mailer' });
  log.error({ has_entry: true }, 'email dead-lettered');
  log.error({ reason: '"has_entry":true' }, 'failed');
  await eventually(() => events.length > 0);
  t.is(lines.length, 2);
  t.deepEqual(
    events.map(({ message }) => message),
    ['failed'],
  );
  await reporting.stop();
});

test('logging is never delayed, and lines written while NATS is down are published when it is back', async (t) => {
  let ready = false;
  const { broker, events } = collecting(() => ready);
  const { log, lines } = captured();
  const reporting = reportTrouble({ log, broker, service: 'auth' });
  log.warn('one');
  log.error('two');
  t.is(lines.length, 2);
  t.is(events.length, 0);
  ready = true;
  await eventually(() => events.length === 2);
  t.deepEqual(
    events.map(({ message }) => message),
    ['one', 'two'],
  );
  await reporting.stop();
});

test('a flood of lines is published only in part', async (t) => {
  const { broker, events } = collecting();
  const { log, lines } = captured();
  const reporting = reportTrouble({ log, broker, service: 'auth' });
  for (let line = 0; line < 5_000; line += 1) log.error({ line }, 'the database is down');
  await eventually(() => events.length === 50);
  t.is(lines.length, 5_000);
  await reporting.stop();
  const later = reportTrouble({ log, broker, service: 'auth' });
  log.error('again');
  await eventually(() => events.length === 51);
  await later.stop();
  t.is(events.length, 51);
});

test('lines logged while a report is sent are not reported', async (t) => {
  const { log, lines } = captured();
  const published: string[] = [];
  const broker = fakeBroker(async ({ payload }) => {
    log.error('before publishing');
    await sleep(1);
    log.warn('after publishing');
    return published.push(JSON.parse(Buffer.from(payload).toString()).message);
  });
  const reporting = reportTrouble({ log, broker, service: 'auth' });
  log.error('first');
  await eventually(() => published.length === 1);
  log.error('second');
  await eventually(() => published.length === 2);
  await sleep(50);
  t.deepEqual(published, ['first', 'second']);
  t.is(lines.length, 6);
  await reporting.stop();
});

test('a line that is too large is published without its fields, and no stack trace is ever published', async (t) => {
  const { broker, events } = collecting();
  const { log } = captured();
  const reporting = reportTrouble({ log, broker, service: 'auth', clock: () => new Date(0) });
  log.warn({ huge: 'x'.repeat(100_000), err: new Error('why') }, 'y'.repeat(5_000));
  log.error(new Error('deep', { cause: new Error('cause') }));
  await eventually(() => events.length === 2);
  const [large, deep] = events as [AuditEvent, AuditEvent];
  t.deepEqual(large.data, { left_out: 'the fields were too large' });
  t.is(large.message.length, 1_000);
  t.is(large.time, '1970-01-01T00:00:00.000Z');
  t.is(deep.message, 'deep');
  t.false(JSON.stringify(deep).includes('stack'));
  await reporting.stop();
});

test('nothing is published after the stop, and the stop does not wait for an unavailable broker', async (t) => {
  const { broker, events } = collecting(() => false);
  const { log } = captured();
  const reporting = reportTrouble({ log, broker, service: 'auth' });
  log.error('never published');
  const began = performance.now();
  await reporting.stop();
  t.true(performance.now() - began < 10_000);
  log.error('nor this');
  t.is(events.length, 0);
});

test('the entry of a line is a part of the line’s trace, and not of that which sends it', async (t) => {
  const { broker, events } = collecting();
  const { log } = captured();
  const reporting = reportTrouble({ log, broker, service: 'auth' });
  t.teardown(() => reporting.stop());
  const trace = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', sampled: true };
  withinTrace(trace, () => log.warn({ user: 'u1' }, 'inside'));
  log.warn('outside');
  await eventually(() => events.length === 2);
  const [inside, outside] = events as (AuditEvent & { traceparent: string | null })[];
  t.is(inside?.traceparent, '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
  t.deepEqual(inside?.data, { user: 'u1' });
  t.is(outside?.traceparent, null);
});
