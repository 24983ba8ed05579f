import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DATABASE_SERVICES, type DatabaseService } from '@guichet/contract';
import { migrationUserOf, schemaGrants, schemaOf } from '@guichet/jobs/servers/schema-statements';
import test from 'ava';
import { execa } from 'execa';
import { CHART } from './generated-files.ts';
import { type KubernetesObject, render } from './render.ts';

const FILES = join(CHART, 'charts', 'galera', 'files');
const VALUES = { files: [join(CHART, 'ci', 'galera-values.yaml')], json: ['tls.mode="generated"'] };
const objects = await render(VALUES);
const named = (kind: string, name: string, among: readonly KubernetesObject[] = objects) =>
  among.find((object) => object.kind === kind && object.metadata.name === name) as KubernetesObject;
const files: Record<string, string> = named('ConfigMap', 'guichet-galera').data;
const pod = named('StatefulSet', 'guichet-galera').spec.template.spec;
const hosts = [0, 1, 2].map((member) => `guichet-galera-${member}.guichet-galera-headless`);

const folder = await mkdtemp(join(tmpdir(), 'guichet-galera-'));
test.after.always(() => rm(folder, { recursive: true, force: true }));

const A = 'a6624ea9-ec93-11f1-90c9-9391f288e081';
const B = 'b7624ea9-ec93-11f1-90c9-9391f288e081';
const NONE = '00000000-0000-0000-0000-000000000000';

/** What each of three members does that see the same states. */
async function choices(states: readonly string[]): Promise<string[]> {
  const input = states.map((state, number) => `${number} ${state}\n`).join('');
  return await Promise.all(
    states.map(async (_, number) => {
      const { stdout } = await execa('bash', [join(FILES, 'choose.sh'), String(number)], { input });
      return /^\w+/.exec(stdout)?.[0] ?? '';
    }),
  );
}

const CHOICES: Readonly<Record<string, { states: string[]; expected: string[] }>> = {
  'at the first installation, the first member creates the cluster': {
    states: [`waiting ${NONE} -1`, `waiting ${NONE} -1`, `waiting ${NONE} -1`],
    expected: ['create', 'wait', 'wait'],
  },
  'the one that committed last begins, compared as numbers': {
    states: [`waiting ${A} 9`, `waiting ${A} 10`, `waiting ${A} 8`],
    expected: ['wait', 'begin', 'wait'],
  },
  'of several that have everything, the first begins': {
    states: [`waiting ${A} 9`, `waiting ${A} 10`, `waiting ${A} 10`],
    expected: ['wait', 'begin', 'wait'],
  },
  'a member that lost its volume never begins a cluster, not even the first one': {
    states: [`waiting ${NONE} -1`, `waiting ${A} 3`, `waiting ${A} 5`],
    expected: ['wait', 'wait', 'begin'],
  },
  'a member outside of the last majority may be silent': {
    states: [`waiting ${A} 9 0,1`, `waiting ${A} 10 0,1`, 'silent'],
    expected: ['wait', 'begin', 'wait'],
  },
  'while one of the last majority is silent, none begins': {
    states: [`waiting ${A} 9 0,1,2`, `waiting ${A} 10 0,1,2`, 'silent'],
    expected: ['wait', 'wait', 'wait'],
  },
  'one that left before the last majority does not begin, even if it seems to have as much': {
    states: [`waiting ${A} 10 0,1,2`, `waiting ${A} 10 1,2`, `waiting ${A} 9 1,2`],
    expected: ['wait', 'begin', 'wait'],
  },
  'one that was alone at the end begins alone': {
    states: ['silent', 'silent', `waiting ${A} 10 2`],
    expected: ['wait', 'wait', 'begin'],
  },
  'while those that answer remember different majorities, none begins': {
    states: [`waiting ${A} 10 0,1`, `waiting ${A} 10 1,2`, 'silent'],
    expected: ['wait', 'wait', 'wait'],
  },
  'while one is silent, none begins: it may have more than the others': {
    states: [`waiting ${A} 9`, `waiting ${A} 10`, 'silent'],
    expected: ['wait', 'wait', 'wait'],
  },
  'while one is silent, none creates a cluster: it may have the data': {
    states: [`waiting ${NONE} -1`, `waiting ${NONE} -1`, 'silent'],
    expected: ['wait', 'wait', 'wait'],
  },
  'while one starts, none begins': {
    states: [`waiting ${A} 9`, `waiting ${A} 10`, 'starting'],
    expected: ['wait', 'wait', 'wait'],
  },
  'while one that was cut off runs, none begins beside it': {
    states: [`waiting ${A} 9`, `waiting ${A} 10`, 'cut-off'],
    expected: ['wait', 'wait', 'wait'],
  },
  'an answer that is old counts as none': {
    states: [`waiting ${A} 9`, `waiting ${A} 10`, 'unknown'],
    expected: ['wait', 'wait', 'wait'],
  },
  'all join the one that is in the cluster, also with data of another one': {
    states: ['primary', `waiting ${B} 10`, 'silent'],
    expected: ['join', 'join', 'join'],
  },
  'members with different histories wait for an operator': {
    states: [`waiting ${A} 9`, `waiting ${B} 10`, `waiting ${A} 9`],
    expected: ['wait', 'wait', 'wait'],
  },
  'a member with data but no position begins nothing': {
    states: [`waiting ${A} -1`, `waiting ${NONE} -1`, `waiting ${NONE} -1`],
    expected: ['wait', 'wait', 'wait'],
  },
};
for (const [name, { states, expected }] of Object.entries(CHOICES)) {
  test(`choice: ${name}`, async (t) => {
    t.deepEqual(await choices(states), expected);
  });
}

interface Member {
  isUp: boolean;
  transaction: number;
  /** The last majority that it was in. */
  view: number[];
}

/** Three members after random commits, crashes, ends and returns, of which none is in a cluster any more; and what was committed last. */
function randomHistory(random: () => number) {
  const members: Member[] = [0, 1, 2].map(() => ({ isUp: true, transaction: 1, view: [0, 1, 2] }));
  let primary = [0, 1, 2];
  let last = 1;
  const changeView = (view: number[]) => {
    primary = view;
    if (view.length > 0) last += 1;
    for (const member of view)
      Object.assign(members[member] as Member, { view, transaction: last, isUp: true });
  };
  while (primary.length > 0) {
    const member = Math.floor(random() * 3);
    const others = primary.filter((one) => one !== member);
    const what = random();
    if (what < 0.4) {
      last += 1;
      // The others may not have applied it yet.
      for (const one of primary)
        if (random() < 0.7 || one === primary[0]) (members[one] as Member).transaction = last;
    } else if (!primary.includes(member)) changeView([...primary, member].sort());
    else if (what < 0.7 || others.length * 2 > primary.length) changeView(others);
    else primary = [];
  }
  return { members, last };
}

test('after any history, whichever members reach each other, at most one begins, and it has everything', async (t) => {
  let seed = 7;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  let begun = 0;
  for (let round = 0; round < 40; round += 1) {
    const { members, last } = randomHistory(random);
    const reach = random();
    const choice = await Promise.all(
      members.map(async (_, own) => {
        const lines = members.map(({ transaction, view }, number) =>
          number === own || random() < reach
            ? `${number} waiting ${A} ${transaction} ${view.join()}`
            : `${number} silent`,
        );
        const input = `${lines.join('\n')}\n`;
        const { stdout } = await execa('bash', [join(FILES, 'choose.sh'), String(own)], { input });
        return { stdout, transaction: members[own]?.transaction, input };
      }),
    );
    const beginners = choice.filter(({ stdout }) => stdout === 'begin');
    begun += beginners.length;
    t.true(beginners.length <= 1, JSON.stringify(choice));
    for (const { transaction } of beginners) t.is(transaction, last, JSON.stringify({ members, choice }));
  }
  t.true(begun > 5, `${begun} of 40`);
});

test('a member remembers only the majorities that it was in itself', async (t) => {
  const script = (await readFile(join(FILES, 'notify.sh'), 'utf8')).replaceAll('/var/lib/mysql', folder);
  const remembered = async (primary: string, members: readonly number[]) => {
    const names = members.map((member) => `0-uuid/guichet-galera-${member}/10.0.0.${member}:3306`).join();
    const args = [
      '--status',
      'synced',
      '--uuid',
      A,
      '--primary',
      primary,
      '--index',
      '0',
      '--members',
      names,
    ];
    await execa('bash', ['-c', script, 'notify.sh', ...args], { env: { POD_NAME: 'guichet-galera-1' } });
    return (await readFile(join(folder, 'view'), 'utf8')).trim();
  };
  t.is(await remembered('yes', [2, 0, 1]), '0,1,2');
  t.is(await remembered('no', [1]), '0,1,2');
  t.is(await remembered('yes', [0, 2]), '0,1,2');
  t.is(await remembered('yes', [1, 2]), '1,2');
});

test('a member outside the majority starts again once no one can let it in: then all that are left decide together', async (t) => {
  const script = await readFile(join(FILES, 'member.sh'), 'utf8');
  const isLost = /^is_lost\(\)[\s\S]*?^\}$/m.exec(script)?.[0] ?? '';
  const check = async (rounds: number, view: string, states: readonly string[]) => {
    const stubs = `view() { echo '${view}'; }\nsurvey() { printf '%s\\n' ${states.map((state) => `'${state}'`).join(' ')}; }`;
    const { exitCode } = await execa('bash', ['-uc', `${stubs}\n${isLost}\nis_lost ${rounds}`], {
      reject: false,
    });
    return exitCode === 0;
  };
  const waiting = `waiting ${A} 9 0,1,2`;
  t.true(await check(3, '0,1,2', [`1 ${waiting}`, `2 ${waiting}`]));
  t.true(
    await check(3, '0,1', [`1 ${waiting}`, '2 silent']),
    'one outside of its last majority may be silent',
  );
  t.false(await check(90, '0,1,2', [`1 ${waiting}`, '2 silent']));
  t.false(await check(90, '0,1,2', [`1 ${waiting}`, '2 starting']));
  t.false(await check(3, '0,1,2', ['1 cut-off', `2 ${waiting}`]), 'Galera may still bring them together');
  t.true(await check(30, '0,1,2', ['1 cut-off', `2 ${waiting}`]));
  t.false(await check(3, '0,1,2', ['1 primary', '2 primary']));
  t.true(await check(30, '0,1,2', ['1 primary', '2 silent']));
  t.false(await check(90, '-', [`1 ${waiting}`, `2 ${waiting}`]));
});

/** Runs prepare.sh with the folders of a member in a temporary one; returns what it wrote. */
async function prepared(environment: Record<string, string> = {}) {
  const own = await mkdtemp(join(folder, 'member-'));
  for (const name of ['secrets', 'galera', 'run']) await mkdir(join(own, name));
  const users = DATABASE_SERVICES.flatMap((service) => [service, `${service}-migration`]);
  for (const user of ['root', 'backup', 'probe', ...users])
    await writeFile(join(own, 'secrets', user), `it's ${user}`);
  for (const [name, text] of Object.entries(files)) await writeFile(join(own, 'galera', name), text);
  const script = (files['prepare.sh'] ?? '')
    .replaceAll('/etc/guichet/', `${own}/`)
    .replaceAll('/run/guichet/', `${own}/run/`);
  const env = Object.fromEntries(
    (pod.containers[0].env as { name: string; value?: string }[]).flatMap(({ name, value }) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
  await execa('bash', ['-c', script], {
    env: { ...env, POD_NAME: 'guichet-galera-1', POD_IP: '10.0.0.7', ...environment },
  });
  const read = async (name: string) => (await readFile(join(own, 'run', name), 'utf8')).split('\n');
  return { users: await read('users.sql'), grants: await read('grants.sql'), config: await read('my.cnf') };
}

test('the cluster has the users and rights of the bundled database, and every user must use TLS', async (t) => {
  const { users, grants } = await prepared();
  const usersOf = (service: DatabaseService) => ({
    schema: schemaOf(service),
    user: service,
    migrationUser: migrationUserOf(service),
  });
  const expected = DATABASE_SERVICES.toSorted().flatMap((service) => schemaGrants(usersOf(service)));
  t.deepEqual(grants.slice(0, expected.length), expected);
  for (const service of DATABASE_SERVICES) {
    t.true(users.includes(`CREATE DATABASE IF NOT EXISTS \`${schemaOf(service)}\` CHARACTER SET utf8mb4;`));
    const secrets = { [service]: service, [`${service}_migration`]: `${service}-migration` };
    for (const [user, secret] of Object.entries(secrets)) {
      const created = `CREATE USER IF NOT EXISTS '${user}'@'%' IDENTIFIED BY 'it''s ${secret}' REQUIRE SSL;`;
      const at = users.indexOf(created);
      t.is(users[at + 1], `ALTER USER '${user}'@'%' REQUIRE SSL;`, created);
      // A password that changed becomes valid beside the one of before.
      t.true(users[at + 2]?.startsWith(`SET @new = PASSWORD('it''s ${secret}'), @current = (`));
      t.regex(users[at + 3] ?? '', new RegExp(`^EXECUTE IMMEDIATE .*''${user}''.* OR mysql_native_password`));
    }
  }
  t.false(users.some((line) => /^ALTER USER .*@'%' IDENTIFIED/.test(line)));
  t.is(users.filter((line) => line.startsWith('CREATE USER')).length, 9);
  const all = grants.filter((line) => line.startsWith('GRANT ALL'));
  t.deepEqual(all, ["GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;"]);
});

test('the user of the exporter may read the state of the server only while there is an exporter', async (t) => {
  const revoked = "REVOKE PROCESS, BINLOG MONITOR, SLAVE MONITOR ON *.* FROM 'probe'@'%';";
  t.true((await prepared()).grants.includes(revoked));
  t.false((await prepared({ EXPORTER: 'true' })).grants.includes(revoked));
});

test('a member copies from the least likely writer, encrypted, and can be found in its certificate', async (t) => {
  const { config } = await prepared();
  t.true(config.includes('wsrep_sst_donor=guichet-galera-2,guichet-galera-0,'));
  t.true(config.includes(`wsrep_sst_receive_address=${hosts[1]}:4444`));
  t.true(config.includes('encrypt=3'));
  const options = config.find((line) => line.startsWith('wsrep_provider_options=')) ?? '';
  for (const part of ['gmcast.listen_addr=ssl://', 'socket.ssl_ca=', 'evs.suspect_timeout=PT1.5S'])
    t.true(options.includes(part), part);
  for (const line of [
    'require_secure_transport=ON',
    'innodb_flush_log_at_trx_commit=1',
    'log_bin_trust_function_creators=ON',
  ])
    t.true(config.includes(line), line);
});

test('options of the provider can be replaced', async (t) => {
  const rendered = await render({
    ...VALUES,
    json: [...VALUES.json, 'galera.providerOptions={"evs.suspect_timeout":"PT5S"}'],
  });
  const config: string = named('ConfigMap', 'guichet-galera', rendered).data['server.cnf'];
  t.true(config.includes('evs.suspect_timeout=PT5S'));
  t.false(config.includes('PT1.5S'));
});

test('the services know every member by a name in its certificate', (t) => {
  const plan = JSON.parse(named('ConfigMap', 'guichet-bootstrap').data['plan.json']);
  const { dnsNames } = plan.certificates.find(
    ({ commonName }: { commonName: string }) => commonName === 'galera',
  );
  for (const service of DATABASE_SERVICES)
    t.is(named('ConfigMap', `guichet-${service}`).data.DATABASE_HOSTS, hosts.join(','));
  for (const host of hosts) t.true(dnsNames.includes(host), host);
  t.true(named('Service', 'guichet-galera-headless').spec.publishNotReadyAddresses);
  t.falsy(named('Service', 'guichet-galera'), 'no address leads to any member');
  t.falsy(named('StatefulSet', 'guichet-mysql'));
});

test('lists are read at the writer, or with a value at the other members', async (t) => {
  const readsOf = (among?: readonly KubernetesObject[]) =>
    DATABASE_SERVICES.map((service) => named('ConfigMap', `guichet-${service}`, among).data.DATABASE_READS);
  const set = await render({ ...VALUES, set: ['database.reads=replicas'] });
  t.deepEqual(new Set(readsOf()), new Set(['writer']));
  t.deepEqual(new Set(readsOf(set)), new Set(['replicas']));
});

test('members start together, and are replaced and evicted one at a time, each only while the others have everything', (t) => {
  const { spec } = named('StatefulSet', 'guichet-galera');
  t.is(spec.replicas, 3);
  t.is(spec.podManagementPolicy, 'Parallel');
  t.deepEqual(spec.updateStrategy, { type: 'RollingUpdate' });
  const budget = named('PodDisruptionBudget', 'guichet-galera').spec;
  t.is(budget.maxUnavailable, 1);
  t.is(budget.unhealthyPodEvictionPolicy, 'IfHealthyBudget');
  t.is(named('PodDisruptionBudget', 'guichet-nats').spec.unhealthyPodEvictionPolicy, 'AlwaysAllow');
  t.deepEqual(
    pod.topologySpreadConstraints.map(({ topologyKey }: { topologyKey: string }) => topologyKey),
    ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'],
  );
});

test('a member is ready once it has everything, and is not killed while it copies data', (t) => {
  const [{ startupProbe, readinessProbe, livenessProbe }] = pod.containers;
  t.deepEqual(readinessProbe.exec.command, ['bash', '/etc/guichet/galera/ready.sh']);
  t.regex(files['ready.sh'] ?? '', /"Primary Synced "/);
  for (const probe of [startupProbe, livenessProbe])
    t.deepEqual(probe.exec.command, ['bash', '/etc/guichet/galera/ready.sh', 'alive']);
  t.true(startupProbe.periodSeconds * startupProbe.failureThreshold >= 86_400);
});

test('the last member is dumped first, with the programs of its image, and a restore goes there too', async (t) => {
  const { spec } = named('CronJob', 'guichet-backup').spec.jobTemplate.spec.template;
  const [container] = spec.containers;
  t.is(container.image, 'docker.io/library/mariadb:10.11');
  const value = container.env.find(({ name }: { name: string }) => name === 'MYSQL_HOST_NAMES').value;
  t.deepEqual(value.split(' '), hosts.toReversed());
  const names = ['restore.enabled=true', 'restore.file=latest'];
  const restoring = await render({ ...VALUES, set: names });
  const job = restoring.find(
    ({ kind, metadata }) => kind === 'Job' && metadata.name.startsWith('guichet-restore-'),
  );
  const load = job?.spec.template.spec.initContainers.find(({ name }: { name: string }) => name === 'load');
  t.is(load.image, 'docker.io/library/mariadb:10.11');
});

test('only the members reach the ports of the cluster, and only those who need SQL the port of the server', (t) => {
  const { ingress } = named('NetworkPolicy', 'guichet-galera').spec;
  const callers = (port: number) =>
    // biome-ignore lint/suspicious/noExplicitAny: rules as they are rendered
    ingress.flatMap(({ ports, from }: any) =>
      ports[0].port === port
        ? from.map(
            ({ podSelector }: { podSelector: { matchLabels: Record<string, string> } }) =>
              podSelector.matchLabels['app.kubernetes.io/component'],
          )
        : [],
    );
  for (const port of [4444, 4567, 4568, 4569]) t.deepEqual(callers(port), ['galera'], String(port));
  t.deepEqual(callers(3306).sort(), [...DATABASE_SERVICES, 'backup', 'test'].sort());
});
