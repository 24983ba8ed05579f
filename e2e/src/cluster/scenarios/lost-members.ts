import { setTimeout as sleep } from 'node:timers/promises';
import type { Kube } from '../kube.ts';
import { underLoad } from '../load.ts';
import { NotRun, type Scenario, type ScenarioContext } from '../scenario.ts';
import { failureLines, summaryOf } from '../tally.ts';
import { restartsOf, waitUntilReady } from '../wait.ts';

const MEMBERS_WITHIN_MS = 300_000;

export const lostMembers: Scenario = {
  name: 'lost-members',
  expectation:
    'servers of the database cluster are killed, the writer and all at once: only 503, nothing that was acknowledged is lost, and the cluster comes back by itself',
  async run(context) {
    const { kube } = context;
    const members = (await kube.pods('galera')).map(({ name }) => name).sort();
    if (members.length === 0) throw new NotRun('the database is not a cluster of this release');
    const before = restartsOf(await otherPods(kube));
    const kill = async (lost: readonly string[]) => {
      await Promise.all(lost.map((member) => killServer(kube, member)));
      await waitForMembers(kube, members);
    };
    const faults: [string, () => Promise<void>][] = [
      ['the last member killed', () => kill(members.slice(-1))],
      ['the writer killed', () => kill(members.slice(0, 1))],
      [
        'the pod of the writer deleted',
        async () => {
          await kube.kubectl(['delete', 'pod', members[0] ?? '', '--wait=true']);
          await waitForMembers(kube, members);
        },
      ],
      ['all members killed at once', () => kill(members)],
    ];
    const problems: string[] = [];
    for (const [what, disturb] of faults) problems.push(...(await problemsOf(context, what, disturb)));
    const restarts = restartsOf(await otherPods(kube)) - before;
    if (restarts > 0) problems.push(`${restarts} containers of services were restarted`);
    if (problems.length > 0) throw new Error(problems.join('\n'));
  },
};

async function problemsOf(
  { kube, users, jobsImage, say }: ScenarioContext,
  what: string,
  disturb: () => Promise<void>,
): Promise<string[]> {
  let seconds = Number.NaN;
  const tally = await underLoad(kube, await users(), jobsImage, async () => {
    const began = Date.now();
    await disturb();
    seconds = (Date.now() - began) / 1000;
    await waitUntilReady(kube);
  });
  say(`${what}: ${summaryOf(tally)}; failures over ${tally.brokenSeconds} s; ${tally.posted} posted`);
  say(`  all members have everything after ${seconds.toFixed(0)} s`);
  for (const line of failureLines(tally)) say(`  ${line}`);
  return Object.keys(tally.failed)
    .filter((failure) => !failure.startsWith('503 '))
    .map((failure) => `${what}: ${failure}`);
}

const inMember = (member: string): string[] => ['exec', member, '-c', 'galera', '--'];

/** SIGKILL for every process of the container but its first one, which then ends; so does the connection of kubectl. */
async function killServer(kube: Kube, member: string): Promise<void> {
  await kube.kubectl([...inMember(member), 'bash', '-c', 'kill -9 -1']).catch(() => undefined);
}

/** @throws Error if a member does not belong to the majority, with everything that the others have */
async function waitForMembers(kube: Kube, members: readonly string[]): Promise<void> {
  const end = Date.now() + MEMBERS_WITHIN_MS;
  const query =
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_cluster_size', 'wsrep_local_state_comment')";
  const client = ['mariadb', '--defaults-file=/run/guichet/my.cnf', '--skip-column-names', '--batch'];
  const expected = `${members.length},Synced`;
  for (;;) {
    const states = await Promise.all(
      members.map((member) =>
        kube
          .kubectl([...inMember(member), ...client, '--execute', query])
          .catch((error: Error) => error.message),
      ),
    );
    if (states.every((state) => valuesOf(state) === expected)) return;
    if (Date.now() > end) throw new Error(`the members are not together again: ${states.join('; ')}`);
    await sleep(500);
  }
}

/** The second column, sorted. */
function valuesOf(rows: string): string {
  return rows
    .trim()
    .split('\n')
    .map((row) => row.split('\t')[1] ?? row)
    .sort()
    .join();
}

async function otherPods(kube: Kube) {
  return (await kube.pods()).filter(({ component }) => component !== 'galera');
}
