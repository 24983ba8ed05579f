import type { Kube } from './kube.ts';
import type { LoadUsers } from './load-users.ts';
import type { ClusterOptions } from './options.ts';

/** Shared by the scenarios. */
export interface ScenarioContext {
  kube: Kube;
  options: ClusterOptions;
  /** The tags for the upgrade: this version, and a second tag of the same images. */
  tags: { first: string; second: string };
  /** The image of test pods, which are not part of the bank. */
  jobsImage: string;
  /** The users of the load; created by the first call. */
  users(): Promise<LoadUsers>;
  /** The arguments of `helm install` and `helm upgrade` for a tag. */
  chart(tag: string): string[];
  /** Prints a measurement. */
  say(text: string): void;
}

export interface Scenario {
  name: string;
  /** What the scenario shows, as a sentence. */
  expectation: string;
  /** @throws Error if the expectation is not met */
  run(context: ScenarioContext): Promise<void>;
}
