import type { Kube } from './kube.ts';
import type { ClusterOptions } from './options.ts';
import type { LoadPeople } from './people.ts';

/** What the scenarios share. */
export interface Bench {
  kube: Kube;
  options: ClusterOptions;
  /** The tags between which is upgraded: this version's, and the same under another name. */
  tags: { first: string; second: string };
  /** The image of the tools, for pods that are no part of the bank. */
  jobsImage: string;
  /** Those on whose behalf the load is made; made when first asked for. */
  people(): Promise<LoadPeople>;
  /** The arguments of `helm install` and `helm upgrade`, at one of the tags. */
  chart(tag: string): string[];
  /** A figure that was seen. */
  say(text: string): void;
}

export interface Scenario {
  name: string;
  /** What holds when it has passed. */
  promise: string;
  /** @throws Error where the promise is broken */
  run(bench: Bench): Promise<void>;
}
