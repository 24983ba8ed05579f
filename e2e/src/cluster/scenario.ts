import type { Kube } from './kube.ts';
import type { LoadUsers } from './load-users.ts';
import type { ClusterOptions } from './options.ts';

/** Shared by the scenarios. */
export interface ScenarioContext {
  kube: Kube;
  options: ClusterOptions;
  /** This version; the same images with a migration in each schema, for an upgrade; and those of the commit of `--from`. */
  tags: { first: string; second: string; previous: string };
  /** The image of test pods, which are not part of the bank. */
  jobsImage: string;
  /** The users of the load; created by the first call. */
  users(): Promise<LoadUsers>;
  /** The arguments of `helm install` and `helm upgrade` for a tag. */
  chart(tag: string): string[];
  /** The same with the chart of the commit of `--from`. */
  previousChart(): string[];
  /** Prints a measurement. */
  say(text: string): void;
}

/** Thrown by a scenario that this cluster or release doesn't allow: it showed nothing, so it hasn't passed. */
export class NotRun extends Error {}

export interface Scenario {
  name: string;
  /** What the scenario shows, as a sentence. */
  expectation: string;
  /** @throws Error if the expectation is not met, NotRun if it can't be tested here */
  run(context: ScenarioContext): Promise<void>;
}
