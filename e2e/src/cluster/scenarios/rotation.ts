import { expectNoFailure, underLoad } from '../load.ts';
import { runSection } from '../rotation-page.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { failureLines, summaryOf, type Tally } from '../tally.ts';
import { restartsOf } from '../wait.ts';

/** Sections of the page whose commands interrupt nothing. The authority has a scenario of its own, and the superuser's asks for a password. */
const WITHOUT_INTERRUPTION = [
  'session',
  'key-encryption',
  'event-keys',
  'service-database',
  'user-nats',
  'nats-routes',
  'component-tls',
];

async function rotate(
  { kube, users, jobsImage, say }: ScenarioContext,
  section: string,
  check = '',
): Promise<Tally> {
  const tally = await underLoad(kube, await users(), jobsImage, () => runSection(kube, section, check));
  say(`${section}: ${summaryOf(tally)}`);
  return tally;
}

export const rotation: Scenario = {
  name: 'rotation',
  expectation:
    'the commands of the page rotate-every-secret run under load: only the restart of the database fails requests',
  async run(context) {
    const { kube, say } = context;
    for (const section of WITHOUT_INTERRUPTION) expectNoFailure(await rotate(context, section));
    if (!(await kube.workloads()).has('mysql')) return say('the database is not part of this release');
    const tally = await rotate(context, 'mysql');
    for (const line of failureLines(tally)) say(`  ${line}`);
    const others = Object.keys(tally.failed).filter((what) => !what.startsWith('503 '));
    if (others.length > 0) throw new Error(`failures other than 503: ${others.join('; ')}`);
  },
};

/** What the page says that an operator checks, and that new connections are made by every service. */
const AUTHORITY_IS_NEW = `
if value auth-tls 'tls\\.crt' | openssl verify -CAfile old-authority.crt; then exit 1; fi
[ "$(value auth-tls 'ca\\.crt' | grep -c BEGIN)" = 1 ]
rm old-authority.crt
for service in auth accounts logging mailer frontend; do restart deploy/$BANK-$service; done
restart sts/$BANK-nats
`;

export const authority: Scenario = {
  name: 'authority',
  expectation:
    'the authority of all certificates is replaced under load, then every pod restarts: no request fails',
  async run(context) {
    const restarts = restartsOf(await context.kube.pods());
    expectNoFailure(await rotate(context, 'authority', AUTHORITY_IS_NEW));
    if (restartsOf(await context.kube.pods()) > restarts) throw new Error('a container was restarted');
  },
};
