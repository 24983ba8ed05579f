import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '@guichet/cli';
import { SERVICES, type ServiceName } from '@guichet/contract';
import { CERTIFICATE_NAMES, ensureCertificates } from '@guichet/jobs/certificates/certificate-files';
import { ensureSecrets, type Secrets } from '@guichet/jobs/secrets/secrets';
import { choosePorts } from '@guichet/ports';
import { type Guard, startGuard } from '../processes/guard.ts';
import { withLastLines, withoutSecrets } from '../processes/last-lines.ts';
import { type Listener, SupervisedProcess } from '../processes/supervised.ts';
import { ensurePrograms } from '../programs/ensure.ts';
import type { DatabaseProgram } from '../programs/find.ts';
import { prepareBalancer } from '../servers/balancer.ts';
import { type DatabaseSize, setDurability } from '../servers/database-server.ts';
import { prepareNats, waitForNats } from '../servers/nats-server.ts';
import { isolateNode } from '../servers/node-state.ts';
import { buildAssets } from './assets.ts';
import {
  assertSameShape,
  balancerOptions,
  type PreparedDatabases,
  prepareDatabases,
  secretsOf,
  tlsRenewals,
} from './bank-servers.ts';
import { makeDataFolder, rememberProcesses, stopLeftovers, takeDataFolder } from './data-folder.ts';
import { assertDiskSpace } from './disk-space.ts';
import { deleteUnfinished } from './first-start.ts';
import { followCertificates } from './follow-certificates.ts';
import { keepBankStreams } from './keep-bank-streams.ts';
import { readLine } from './log-lines.ts';
import { migrateSchemas } from './migrate-schemas.ts';
import { type Network, openNetwork } from './network.ts';
import { NodeStates, type NodeStatus, printedChanges, printedStates } from './node-states.ts';
import type { Output } from './output.ts';
import { mailCatcherPlan, mailPreviewsPlan, makeMailFolder, servicePlans } from './processes.ts';
import { waitUntilReady } from './readiness.ts';
import { databaseNodes, databaseOptions, type NetworkShape, natsOptions, portsOf } from './server-options.ts';
import {
  BALANCER,
  type BankSettings,
  CLOCKED_SERVICES,
  clockSetting,
  incomingFolder,
  isBalanced,
  processesOf,
  publicUrl,
  READ_FROM_AUTH,
  type ServiceProcess,
} from './settings.ts';

/** The order of stopping; the processes in a row are stopped together. */
const STOP_ORDER = [
  ['frontend'],
  SERVICES.filter((service) => service !== 'frontend'),
  [BALANCER],
  ['nats', 'mail', 'previews'],
  ['database'],
];

export interface BankOptions extends NetworkShape {
  folder: string;
  output: Output;
  /** The user's settings: PORT, MAIL_UI_PORT, and the settings of the services. */
  environment: NodeJS.ProcessEnv;
  /** Sizes of the database's memory and redo log, for example `2G`. */
  databaseSize?: DatabaseSize;
  /** The database server; by default the one of this machine, which is installed if it is missing. Three nodes of MySQL are a group, and of MariaDB a Galera cluster. */
  database?: DatabaseProgram;
  /** The port of the caller's own mail server on this machine, which then takes the place of the mail catcher. */
  smtpPort?: number;
  /** Whether every mail can be looked at. */
  previews?: boolean;
}

/** How often the states of the nodes are read. */
const FOLLOW_MS = 1_000;

/** Another process of a service. */
export interface Replica {
  name: string;
  port: number;
  adminPort: number;
}

/** A whole bank on this machine, with supervised processes. */
export class Bank {
  readonly folder: string;
  readonly settings: BankSettings;
  readonly #output: Output;
  readonly #processes: Map<string, SupervisedProcess>;
  readonly #listener: Listener;
  readonly #guard: Guard;
  readonly #network: Network | null;
  readonly #releaseFolder: () => void;
  /** What the bank does beside its processes. */
  readonly #background: readonly { stop(): Promise<void> }[];
  readonly #nodeStates: NodeStates;
  #stopping: Promise<void> | null = null;
  #clockOffsetSeconds = 0;

  private constructor(
    settings: BankSettings,
    output: Output,
    processes: Map<string, SupervisedProcess>,
    listener: Listener,
    guard: Guard,
    network: Network | null,
    releaseFolder: () => void,
    background: readonly { stop(): Promise<void> }[],
  ) {
    this.folder = settings.folder;
    this.settings = settings;
    this.#output = output;
    this.#processes = processes;
    this.#listener = listener;
    this.#guard = guard;
    this.#network = network;
    this.#releaseFolder = releaseFolder;
    this.#background = background;
    this.#nodeStates = new NodeStates(settings);
  }

  /**
   * Takes the data folder, starts the database, NATS and the mail catcher, and migrates the schemas; the services are started by
   * `startServices`.
   * @throws UserError if the user has to fix something; no process is left running
   */
  static async open(options: BankOptions): Promise<Bank> {
    const { folder, output, environment, databaseSize, database, smtpPort, previews = false } = options;
    await makeDataFolder(folder);
    const releaseFolder = takeDataFolder(folder);
    let bank: Bank | null = null;
    let network: Network | null = null;
    try {
      const leftovers = await stopLeftovers(folder);
      if (leftovers.length > 0)
        output.say(`Stopped processes that an earlier run left behind: ${leftovers.join(', ')}.`);
      if (await deleteUnfinished(folder)) output.say('The first start was interrupted, so it starts over.');
      await assertDiskSpace(folder);
      assertSameShape(folder, options);
      const { nats } = await ensurePrograms(['nats'], output.say);
      const ports = await portsOf(folder, environment, options);
      if (smtpPort !== undefined) ports.smtp = smtpPort;
      if (options.proxied === true) network = await openNetwork(ports);
      const settings: BankSettings = {
        folder,
        ports,
        network,
        secrets: await ensureSecrets(folder, environment),
        superuser: {
          username: environment.SUPERUSER_USERNAME || 'superuser',
          email: environment.SUPERUSER_EMAIL || 'superuser@guichet.example',
        },
        environment,
      };
      await ensureCertificates(join(folder, 'tls'), CERTIFICATE_NAMES);
      await makeMailFolder(join(folder, 'mail'));
      await mkdir(incomingFolder(folder), { recursive: true });
      output.say('Starting the database and NATS …');
      const databases = await prepareDatabases(settings, {
        size: databaseSize ?? null,
        program: database,
        say: output.say,
      });
      const plans = [
        ...databases.plans,
        ...(await Promise.all(natsOptions(settings).map((node) => prepareNats({ program: nats, ...node })))),
        ...(isBalanced(ports) ? [await prepareBalancer(await balancerOptions(settings, output.say))] : []),
        ...(smtpPort === undefined ? [mailCatcherPlan(join(folder, 'mail'), settings.ports)] : []),
        ...(previews ? [mailPreviewsPlan(settings)] : []),
        ...servicePlans(settings),
      ];
      const guard = startGuard();
      const pids = new Map<string, number>();
      const listener = listenerOf(folder, output, pids);
      const processes = new Map(
        plans.map((plan) => [plan.name, new SupervisedProcess(plan, listener, guard)]),
      );
      const background = [
        keepBankStreams(settings, listener),
        ...(databases.keep === undefined ? [] : [databases.keep()]),
        followCertificates(
          join(folder, 'tls'),
          tlsRenewals(settings, databases.program, processes),
          listener,
        ),
      ];
      bank = new Bank(settings, output, processes, listener, guard, network, releaseFolder, background);
      await bank.#startServers(databases);
      return bank;
    } catch (error) {
      if (bank === null) {
        await network?.close();
        releaseFolder();
      } else await bank.stop();
      throw error;
    }
  }

  async #startServers(databases: PreparedDatabases): Promise<void> {
    const nats = natsOptions(this.settings).map((node) => ({ ...node, process: this.process(node.name) }));
    for (const node of nats) node.process.start();
    for (const name of ['mail', BALANCER]) this.#processes.get(name)?.start();
    const assets = buildAssets(this.#output.say);
    const servers = Promise.all([
      databases.start((name) => this.process(name)),
      ...nats.map((node) => withLastLines(waitForNats(node), () => [node.process])),
    ]);
    const migrated = this.#withoutSecrets(servers).then(() => migrateSchemas(this.settings));
    await Promise.all([migrated, assets]);
  }

  /** The last output of a process that isn't ready goes to terminals and to the results of tests. */
  #withoutSecrets<Result>(ready: Promise<Result>): Promise<Result> {
    return ready.catch((error: Error) => {
      throw new UserError(withoutSecrets(error.message, secretsOf(this.settings)));
    });
  }

  /** Starts every service and waits until all of them are ready. */
  startServices(): Promise<void> {
    return this.#restart(SERVICES);
  }

  /**
   * Moves the clock of the services that date events or go by their dates. If they are running, they are restarted and are ready afterwards. The
   * other services verify and log in the present.
   */
  async moveClock(offsetSeconds: number): Promise<void> {
    if (offsetSeconds === this.#clockOffsetSeconds) return;
    this.#clockOffsetSeconds = offsetSeconds;
    for (const name of CLOCKED_SERVICES)
      for (const process of this.#replicasOf(name)) process.configure(clockSetting(offsetSeconds));
    if (this.process('auth').isWanted)
      await this.#restart([...new Set([...READ_FROM_AUTH, ...CLOCKED_SERVICES])]);
  }

  /** Restarts auth and these services, which do not run while auth doesn’t: they would report that it does not answer. */
  async #restart(services: readonly ServiceName[]): Promise<void> {
    const { ports } = this.settings;
    const auth = processesOf('auth', ports);
    const others = services.filter((name) => name !== 'auth').flatMap((name) => processesOf(name, ports));
    await Promise.all(others.map((name) => this.process(name).stop()));
    await Promise.all(auth.map((name) => this.process(name).restart()));
    await this.#waitUntilReady(auth);
    for (const name of others) this.process(name).start();
    await this.#waitUntilReady([...auth, ...others, 'public']);
  }

  /** Whether each commit is flushed to disk; only a first start turns this off. */
  async setDurability(isDurable: boolean): Promise<void> {
    for (const { port } of databaseNodes(this.settings))
      await setDurability({ ...databaseOptions(this.settings), port }, isDurable);
  }

  #waitUntilReady(processes: readonly (ServiceProcess | 'public')[]): Promise<void> {
    const ready = waitUntilReady(this.settings.ports, processes, (name) => this.process(name));
    return this.#withoutSecrets(ready);
  }

  /**
   * Lets nothing through to and from a process, until `heal` is called. The nodes of a database cluster know each other's addresses, so no link is
   * between them: Galera itself ends their connections.
   * @throws Error unless the bank was opened with `proxied`, and for a member of a MySQL group, which has nothing like it
   */
  async cutOff(name: string): Promise<void> {
    this.#links.cutOff(name);
    await this.#isolate(name, true);
  }

  async heal(name: string, options: { forget?: boolean } = {}): Promise<void> {
    this.#links.heal(name, options);
    await this.#isolate(name, false);
  }

  async #isolate(name: string, isIsolated: boolean): Promise<void> {
    const nodes = databaseNodes(this.settings);
    const node = nodes.find((one) => one.name === name);
    if (node !== undefined && nodes.length > 1)
      await isolateNode({ ...databaseOptions(this.settings), port: node.port }, isIsolated);
  }

  get #links(): Network {
    if (this.#network === null) throw new Error('the bank has no links');
    return this.#network;
  }

  get url(): string {
    return publicUrl(this.settings.ports);
  }

  get mailUrl(): string {
    return `http://localhost:${this.settings.ports.mail_ui}`;
  }

  get previewsUrl(): string {
    return `http://localhost:${this.settings.ports.mail_previews}`;
  }

  get secrets(): Secrets {
    return this.settings.secrets;
  }

  get names(): string[] {
    return [...this.#processes.keys()];
  }

  /** @throws Error when the bank has no such process */
  process(name: string): SupervisedProcess {
    const found = this.#processes.get(name);
    if (found === undefined) throw new Error(`the bank has no process "${name}"`);
    return found;
  }

  /**
   * Adds another process of a service, which has the same settings except for its ports. It is started by its name, `accounts-2`, and
   * stopped with the bank.
   */
  async addReplica(service: ServiceName): Promise<Replica> {
    const number = this.#replicasOf(service).length + 1;
    const { api, admin } = await choosePorts(['api', 'admin']);
    const ports = { ...this.settings.ports, [service]: api, [`${service}_admin`]: admin };
    const plan = servicePlans({ ...this.settings, ports }).find(({ name }) => name === service);
    if (plan === undefined) throw new Error(`the bank has no service "${service}"`);
    const name = `${service}-${number}`;
    this.#processes.set(name, new SupervisedProcess({ ...plan, name }, this.#listener, this.#guard));
    return { name, port: api, adminPort: admin };
  }

  #replicasOf(name: string): SupervisedProcess[] {
    return [...this.#processes]
      .filter(([key]) => key === name || key.startsWith(`${name}-`))
      .map(([, one]) => one);
  }

  /** The state of every node and process. */
  nodeStates(): Promise<NodeStatus[]> {
    return this.#nodeStates.read();
  }

  /** Prints the state of every node, and from then on each change, until the bank stops. */
  async followNodes(say: (text: string) => void): Promise<void> {
    await this.nodeStates();
    // The writer is known after it has committed something.
    await sleep(FOLLOW_MS);
    let states = await this.nodeStates();
    say(`\n${printedStates(states)}`);
    const follow = async (): Promise<void> => {
      while (this.#stopping === null) {
        await sleep(FOLLOW_MS, undefined, { ref: false });
        const now = await this.nodeStates();
        if (this.#stopping !== null) return;
        for (const change of printedChanges(states, now)) say(change);
        states = now;
      }
    };
    follow().catch((error: Error) => say(`The states of the nodes are no longer followed: ${error.message}`));
  }

  /** Stops every process in order and releases the data folder. It can be called again while it is running. */
  stop(): Promise<void> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  /** Kills every process immediately. */
  killAll(): void {
    for (const process of this.#processes.values()) process.kill('SIGKILL');
  }

  async #end(): Promise<void> {
    await Promise.all(this.#background.map((work) => work.stop()));
    for (const names of STOP_ORDER) {
      await Promise.all(names.flatMap((name) => this.#replicasOf(name)).map((process) => process.stop()));
    }
    await this.#network?.close();
    this.#guard.close();
    this.#releaseFolder();
  }
}

function listenerOf(folder: string, output: Output, pids: Map<string, number>): Listener {
  return {
    line(name, raw, stream) {
      const line = readLine(name, raw, stream);
      if (line !== null) output.log(name, line);
    },
    news(name, text, isBad) {
      output.log(name, { level: isBad ? 'warn' : 'info', text });
    },
    pid(name, pid) {
      if (pid === undefined) pids.delete(name);
      else pids.set(name, pid);
      rememberProcesses(folder, pids);
    },
  };
}
