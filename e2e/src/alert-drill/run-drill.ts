import { setTimeout as sleep } from 'node:timers/promises';
import { OBJECTIVES } from '@guichet/tools';
import type { Drill, Undo } from './drill.ts';
import type { CommandResult } from './runbooks.ts';
import type { World } from './world.ts';

/** What a drill showed of one alert. */
export interface DrilledAlert {
  alert: string;
  fault: string;
  repair: string;
  /** The page of the alert's annotation. */
  page: string;
  /** Null if it did not fire; 0 if another fault had made it fire already. */
  firedAfterMs: number | null;
  /** The commands of the runbook that were run. */
  commands: string[];
  /** From the end of the runbook; null if it did not resolve. */
  resolvedAfterMs: number | null;
  /** Why the drill failed. */
  failure: string | null;
}

const FIRES_WITHIN_MS = 45_000;
/** The short window of a fast burn is 30 seconds at most, that of a slow one six minutes. */
const RESOLVES_WITHIN_MS = 120_000;
const RESOLVES_AT_THE_END_WITHIN_MS = 10 * 60_000;
const POLL_MS = 200;

/** Goes through the drills one after the other; slow ones run meanwhile. */
export async function runDrills(
  world: World,
  drills: readonly Drill[],
  say: (text: string) => void = () => undefined,
  { waitsForSlowBurns = true, onResults = async (_: readonly DrilledAlert[]) => {} } = {},
): Promise<DrilledAlert[]> {
  const results: DrilledAlert[] = [];
  const begun = drills.filter(({ isSlow }) => isSlow === true).map((drill) => runDrill(world, drill, say));
  for (const drill of drills) {
    if (drill.isSlow === true) continue;
    results.push(...(await runDrill(world, drill, say)));
    await onResults(results);
  }
  // A slow drill takes longer than the windows of a slow burn, whose end would otherwise be seen only after it.
  const rest = waitsForSlowBurns ? waitForTheRest(world, [...results], say) : null;
  for (const slow of begun) results.push(...(await slow));
  await rest;
  return results;
}

async function runDrill(world: World, drill: Drill, say: (text: string) => void): Promise<DrilledAlert[]> {
  const results = drill.alerts.map(
    (alert): DrilledAlert => ({
      alert,
      fault: drill.fault,
      repair: drill.repair,
      page: '',
      firedAfterMs: null,
      commands: [],
      resolvedAfterMs: null,
      failure: null,
    }),
  );
  let undo: Undo | null = null;
  try {
    const soon = drill.alerts.filter((alert) => !isSlowBurn(alert));
    await waitWhile(async () => (await firing(world, soon)).size > 0, RESOLVES_WITHIN_MS);
    const before = await firing(world, drill.alerts);
    for (const result of results) if (before.has(result.alert)) result.firedAfterMs = 0;
    for (const result of results) result.page = before.get(result.alert) ?? '';
    const beganAt = performance.now();
    // An alert may fire before all of a fault is done.
    const [provoked] = await Promise.all([
      drill.provoke(world).then((end) => {
        undo = once(end);
        return undo;
      }),
      watchFiring(world, results, beganAt, drill.withinMs ?? FIRES_WITHIN_MS),
    ]);
    const commands: string[] = [];
    const watched = { ...world, runbooks: recordingTo(commands, world.runbooks) };
    await (drill.follow?.(watched, provoked) ?? provoked());
    const followedAt = performance.now();
    for (const result of results) result.commands = commands;
    await watchResolved(world, results, followedAt, RESOLVES_WITHIN_MS);
    const silent = results.filter(({ firedAfterMs }) => firedAfterMs === null);
    for (const result of silent) result.failure = 'it did not fire';
  } catch (error) {
    for (const result of results) result.failure = (error as Error).message;
  } finally {
    await ended(undo).catch((error: Error) => say(`  not undone: ${error.message}`));
  }
  for (const result of results) say(describe(result));
  return results;
}

/** The warning of an objective: its windows are up to six hours, here six minutes. */
function isSlowBurn(alert: string): boolean {
  return OBJECTIVES.some(({ alert: { name, slow } }) => alert === `${name} ${slow}`);
}

/** Ends the fault also if the drill failed in the middle. */
async function ended(undo: Undo | null): Promise<void> {
  await undo?.();
}

function once(undo: Undo): Undo {
  let done: Promise<unknown> | null = null;
  return () => {
    done ??= undo();
    return done;
  };
}

function recordingTo(commands: string[], runbooks: World['runbooks']): World['runbooks'] {
  return {
    ...runbooks,
    async run(...asked): Promise<CommandResult> {
      const result = await runbooks.run(...asked);
      commands.push(result.command);
      return result;
    },
  };
}

/** The alerts of these names and severities that fire now, with their runbooks. */
async function firing(world: World, wanted: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const { state, labels, annotations } of await world.prometheus.alerts()) {
    const name = `${labels.alertname} ${labels.severity}`;
    if (state === 'firing' && wanted.includes(name))
      found.set(name, annotations.runbook_url?.split('/').at(-1) ?? '');
  }
  return found;
}

async function watchFiring(world: World, results: DrilledAlert[], beganAt: number, withinMs: number) {
  await waitWhile(async () => {
    const waiting = results.filter(({ firedAfterMs }) => firedAfterMs === null);
    const found = await firing(
      world,
      waiting.map(({ alert }) => alert),
    );
    for (const result of waiting) {
      const page = found.get(result.alert);
      if (page === undefined) continue;
      result.page = page;
      result.firedAfterMs = performance.now() - beganAt;
    }
    return results.some(({ firedAfterMs }) => firedAfterMs === null);
  }, withinMs);
}

async function watchResolved(world: World, results: DrilledAlert[], since: number, withinMs: number) {
  const open = () => results.filter((one) => one.firedAfterMs !== null && one.resolvedAfterMs === null);
  await waitWhile(async () => {
    const found = await firing(
      world,
      open().map(({ alert }) => alert),
    );
    for (const result of open())
      if (!found.has(result.alert)) result.resolvedAfterMs = performance.now() - since;
    // Windows of hours still have the fault; the end of the drill waits for them.
    return open().some(({ alert }) => !isSlowBurn(alert));
  }, withinMs);
  for (const result of open()) {
    if (isSlowBurn(result.alert)) followedAt.set(result, since);
    else result.failure = 'it did not resolve';
  }
}

/** When the runbooks of those were followed that resolve at the end. */
const followedAt = new WeakMap<DrilledAlert, number>();

/** Slow burns end when their windows have passed. */
async function waitForTheRest(world: World, results: DrilledAlert[], say: (text: string) => void) {
  const open = results.filter((one) => followedAt.has(one));
  if (open.length === 0) return;
  say(`Waiting for ${open.map(({ alert }) => alert).join(', ')} to resolve …`);
  await waitWhile(async () => {
    const waiting = open.filter(({ resolvedAfterMs }) => resolvedAfterMs === null);
    const found = await firing(
      world,
      waiting.map(({ alert }) => alert),
    );
    for (const result of waiting)
      if (!found.has(result.alert))
        result.resolvedAfterMs = performance.now() - (followedAt.get(result) ?? performance.now());
    return waiting.some(({ resolvedAfterMs }) => resolvedAfterMs === null);
  }, RESOLVES_AT_THE_END_WITHIN_MS);
  for (const result of open) if (result.resolvedAfterMs === null) result.failure ??= 'it did not resolve';
}

async function waitWhile(isSo: () => Promise<boolean>, withinMs: number): Promise<void> {
  const until = performance.now() + withinMs;
  while ((await isSo()) && performance.now() < until) await sleep(POLL_MS);
}

function describe({ alert, firedAfterMs, resolvedAfterMs, failure }: DrilledAlert): string {
  const seconds = (ms: number | null) => (ms === null ? '–' : `${(ms / 1000).toFixed(1)} s`);
  return `  ${failure === null ? '✔' : '✘'} ${alert}: fired after ${seconds(firedAfterMs)}, resolved after ${seconds(resolvedAfterMs)}${failure === null ? '' : ` (${failure.split('\n')[0]})`}`;
}
