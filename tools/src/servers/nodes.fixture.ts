import type { ExecutionContext } from 'ava';
import { startGuard } from '../processes/guard.ts';
import { type ProcessPlan, SupervisedProcess } from '../processes/supervised.ts';

/** The supervised nodes of a cluster, for tests, which are stopped at the end of the test. */
export function superviseNodes(
  t: ExecutionContext,
  plans: readonly ProcessPlan[],
  onLine: (name: string, text: string) => void = () => undefined,
) {
  const guard = startGuard();
  const output = new Map<string, string[]>();
  const listener = {
    line: (name: string, text: string) => {
      output.set(name, [...(output.get(name) ?? []), text]);
      onLine(name, text);
    },
    news: onLine,
  };
  const processes = new Map(plans.map((plan) => [plan.name, new SupervisedProcess(plan, listener, guard)]));
  const stopAll = async () => {
    await Promise.all([...processes.values()].map((process) => process.stop()));
    guard.close();
  };
  t.teardown(stopAll);
  const of = (name: string) => processes.get(name) as SupervisedProcess;
  return {
    of,
    kill: (name: string) => {
      output.set(name, []);
      of(name).kill('SIGKILL');
    },
    signal: (name: string, signal: NodeJS.Signals) => of(name).kill(signal),
    stop: (name: string) => of(name).stop(),
    end: (signal: NodeJS.Signals, name: string) => {
      of(name).kill(signal);
      return of(name).stop();
    },
    output: (name: string) => output.get(name) ?? [],
    stopAll,
  };
}
