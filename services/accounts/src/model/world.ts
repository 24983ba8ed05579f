import { setTimeout as sleep } from 'node:timers/promises';
import type { ContractReply } from '@guichet/testing';
import type { DecisionCommand } from '../decisions/batch-state.ts';
import { executeDue } from '../decisions/execute-due.ts';
import { expireOperations } from '../decisions/expire-operations.ts';
import { type MortalReplica, openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';
import type { Outcome } from '../idempotency/outcome.ts';
import { postItems } from '../incoming/post-items.ts';
import type { OperationState } from '../operations/operation.ts';
import { reconcilesOnRequest } from '../reconciliation/keep-reconciling.ts';
import { reconcile } from '../reconciliation/reconcile.ts';
import { booksOf, findWaiting, readBooks } from './books-store.ts';
import { explain } from './explain.ts';
import { ModelBank, POISON, RULES } from './model-bank.ts';
import type { Plan } from './plans.ts';
import { requestOf, withFreshCode } from './requests.ts';
import type { Action, ModelRequest, Scene } from './scene.ts';

/** A plan, and which of the two replicas runs it. */
export interface Sending {
  plan: Plan;
  replica: number;
  /** Sent twice at the same time with its key, both to the same replica or one to each. */
  twice: 'no' | 'same' | 'other';
}

/** Two replicas of the service on one database; either may be killed at any moment. */
export interface Ground {
  test: TestBank;
  replicas: [MortalReplica, MortalReplica];
}

/** Opens the world in which sequences of commands run, one after another. */
export async function openGround(): Promise<Ground> {
  const test = await openTestBank({
    secondAgentAboveMinor: BigInt(RULES.secondAgentAbove),
    stepUpAboveMinor: BigInt(RULES.stepUpAbove),
    limitDayMinor: BigInt(RULES.limitDay),
    operationTtlHours: RULES.operationTtlHours,
  });
  // A failure that no rule covers: the database itself fails on one item of a batch.
  await test.owner.raw(
    `CREATE TRIGGER poison BEFORE INSERT ON entries FOR EACH ROW
     IF NEW.reference = '${POISON}' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'poison'; END IF`,
  );
  return { test, replicas: [await test.replica(), await test.replica()] };
}

/** Ends what earlier sequences left waiting, and sends their transfers: the next batch has only those of its own sequence. */
async function settle({ test }: Ground): Promise<void> {
  const { token } = await test.person('agent');
  const waiting = await findWaiting(test.deps.db);
  const items = waiting.map((id) => ({ id, decision: 'reject' }));
  if (items.length > 0) {
    const { status, text } = await test.client.post('/api/operations/decisions', { items }, { token });
    if (status !== 200) throw new Error(text);
  }
  await test.client.post('/api/payments/batches', {}, { token });
}

export async function closeGround({ test, replicas }: Ground): Promise<void> {
  for (const replica of replicas) await replica.close();
  await test.close();
}

/** The users and accounts of one sequence, their model, and the requests that were sent. */
export class World {
  readonly #ground: Ground;
  readonly #scene: Scene & { model: ModelBank };
  /** The number of commands that were run, and of their actions. */
  commands = 0;
  actions = 0;
  readonly #codes = new Map<string, () => string>();
  readonly #answered: { request: ModelRequest; reply: ContractReply }[] = [];

  private constructor(ground: Ground, members: TestPerson[], agents: TestPerson[]) {
    this.#ground = ground;
    this.#scene = {
      members,
      agents,
      model: new ModelBank(),
      ibans: new Map(),
      transfers: new Map(),
      items: new Map(),
    };
    this.#scene.model.now = ground.test.time.now.getTime();
    // All but one have a second factor.
    for (const member of members.slice(1)) {
      this.#codes.set(member.id, ground.test.enroll(member));
      this.#scene.model.enrolled.add(member.id);
    }
  }

  /** Three members with 10,000 each, and three agents. */
  static async open(ground: Ground): Promise<World> {
    await settle(ground);
    const people = (role: 'member' | 'agent') => Promise.all([1, 2, 3].map(() => ground.test.person(role)));
    const world = new World(ground, await people('member'), await people('agent'));
    const plain = { replica: 0, twice: 'no' } as const;
    for (const member of [0, 1, 2]) {
      const approve: Plan = { do: 'approve', agent: 0, operation: { of: 'waiting', place: 0 } };
      const deposit = {
        do: 'deposit',
        account: member,
        amount: 10_000,
        stranger: false,
        isPoison: false,
        hasCode: false,
      } as const;
      await world.do([{ ...plain, plan: { do: 'open', member, currency: 'EUR' } }]);
      await world.do([{ ...plain, plan: approve }]);
      await world.do([{ ...plain, plan: deposit }]);
      await world.do([{ ...plain, plan: approve }]);
      await world.do([{ ...plain, plan: { ...approve, agent: 1 } }]);
    }
    return world;
  }

  /** Sends the plans concurrently, and compares the replies and the books with the model. */
  async do(sendings: readonly Sending[]): Promise<void> {
    const actions = await Promise.all(sendings.map((sending) => this.#send(sending)));
    await this.#agree(actions.flat());
  }

  /** Sends the plans to a replica that is killed `afterMs` later, and retries on the other until every client has a reply. */
  async crash(sendings: readonly Sending[], dying: number, afterMs: number): Promise<void> {
    const dead = this.#replica(dying);
    const requests = sendings.map((sending) => ({ sending, request: requestOf(sending.plan, this.#scene) }));
    const first = requests.map(({ sending, request }) =>
      this.#call(sending.replica, request).catch(() => null),
    );
    await sleep(afterMs);
    dead.crash();
    this.#ground.replicas[dying] = await this.#ground.test.replica();
    const replies = await Promise.all(
      requests.map(async ({ request }, index) => {
        const reply = await first[index];
        const isAnswer = reply !== null && reply !== undefined && reply.status !== 503;
        return isAnswer ? reply : this.#insist(index, request);
      }),
    );
    await this.#agree(
      requests.flatMap(({ request }, index) => this.#keep(request, replies[index] as ContractReply)),
    );
  }

  /** Moves the time forward; both replicas expire what is overdue and execute what is due while other requests continue. */
  async pass(hours: number, sendings: readonly Sending[]): Promise<void> {
    const { test, replicas } = this.#ground;
    const { model } = this.#scene;
    test.time.now = new Date(test.time.now.getTime() + hours * 3_600_000);
    model.now = test.time.now.getTime();
    const done: Action[] = [];
    const decideFor =
      ({ queue }: MortalReplica, play: (bank: ModelBank, id: string) => string) =>
      async (command: DecisionCommand) => {
        const answered = await queue.decide(command);
        const { operationId } = command;
        // The operations of earlier sequences do not matter here.
        if (!model.operations.has(operationId)) return;
        done.push({ answer: codeOf(answered), play: (bank) => play(bank, operationId) });
      };
    const expire = (replica: MortalReplica) =>
      expireOperations(
        replica.deps,
        decideFor(replica, (bank, id) => bank.decide(null, 'expire', id)),
      );
    const execute = (replica: MortalReplica) =>
      executeDue(
        replica.deps,
        decideFor(replica, (bank, id) => bank.execute(id)),
      );
    const [actions] = await Promise.all([
      Promise.all(sendings.map((sending) => this.#send(sending))),
      ...replicas.flatMap((replica) => [expire(replica), execute(replica)]),
    ]);
    await this.#agree([...actions.flat(), ...done.splice(0)]);
    // What was approved meanwhile may have become due after the replicas looked.
    await execute(this.#replica(0));
    await this.#agree(done);
    const { model: after } = this.#scene;
    const left = [...after.overdue(), ...after.due()];
    if (left.length > 0) throw new Error(`${left.length} operations wait past their deadline or their day`);
  }

  /** Repeats a request with its key: with the same body, the first reply is replayed; with a different body, the request is refused. */
  async again(place: number, replica: number, isChanged: boolean): Promise<void> {
    const before = this.#answered[place % this.#answered.length];
    if (before === undefined) return;
    const { request, reply } = before;
    if (isChanged) {
      const other = { ...request, path: '/api/accounts', body: { name: 'Other', type: 'savings' } };
      const mayAsk = this.#scene.members.includes(request.by);
      if (!mayAsk || request.path === '/api/accounts') return;
      const refused = await this.#call(replica, other);
      if (refused.body.code !== 'idempotency_key_reused') throw new Error(`key reused: ${refused.text}`);
    } else {
      const replayed = await this.#call(replica, request);
      if (replayed.headers['idempotency-replayed'] !== 'true')
        throw new Error(`not replayed: ${replayed.text}`);
      assertSame(replayed, reply);
    }
    await this.#agree([]);
  }

  /** Checks that what is new in the ledger reconciles, and then the whole ledger. */
  async conclude(): Promise<void> {
    const { deps } = this.#ground.test;
    const { outcome } = await reconcilesOnRequest(deps)(false);
    const broken = outcome.checks.filter((check) => !check.ok);
    if (!outcome.ok) throw new Error(`what is new does not reconcile: ${JSON.stringify(broken)}`);
    const { ok, checks } = await reconcile(deps.db, deps.clock());
    if (!ok) throw new Error(`does not reconcile: ${JSON.stringify(checks.filter((check) => !check.ok))}`);
  }

  #replica(place: number): MortalReplica {
    return this.#ground.replicas[place % 2] as MortalReplica;
  }

  async #send({ plan, replica, twice }: Sending): Promise<Action[]> {
    const request = requestOf(plan, this.#scene);
    const ways =
      twice === 'no' || request.key === null ? [replica] : twice === 'same' ? [replica, replica] : [0, 1];
    const replies = await Promise.all(ways.map((way) => this.#call(way, request)));
    const answers = replies.filter(({ body }) => body?.code !== 'request_in_progress');
    const [reply] = answers;
    if (reply === undefined) throw new Error('neither of two concurrent requests with one key got a reply');
    if (!answers.some(hasFailure)) for (const other of answers) assertSame(other, reply);
    const actions = this.#keep(request, reply);
    // A failed request was retried by the other one, so there were two actions.
    const more = answers.slice(1).flatMap((other) => request.actionsOf(other));
    return [
      ...actions,
      ...more.filter(({ answer }, index) => answer !== actions[index % actions.length]?.answer),
    ];
  }

  #keep(request: ModelRequest, reply: ContractReply): Action[] {
    // A failed request had no effect; its retry has one.
    if (request.key !== null && !hasFailure(reply)) this.#answered.push({ request, reply });
    return request.actionsOf(reply);
  }

  #call(replica: number, { method, path, body, xml, by, key }: ModelRequest): Promise<ContractReply> {
    const headers: Record<string, string> = key === null ? {} : { 'idempotency-key': key };
    const { token } = by;
    if (xml !== undefined) {
      const ofFile = { ...headers, 'content-type': 'application/xml' };
      return this.#replica(replica).client[method](path, undefined, { token, raw: xml, headers: ofFile });
    }
    const sent = withFreshCode(body, this.#codes.get(by.id) ?? (() => '000000'));
    return this.#replica(replica).client[method](path, sent, { token, headers });
  }

  async #insist(replica: number, request: ModelRequest): Promise<ContractReply> {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const reply = await this.#call(replica + attempt, request).catch(() => null);
      if (reply !== null && reply.status !== 503 && reply.body?.code !== 'request_in_progress') return reply;
      await sleep(20);
    }
    throw new Error(`${request.path} never got a reply`);
  }

  /** Checks that some order of the actions explains every reply and the current books. */
  async #agree(actions: readonly Action[]): Promise<void> {
    const { members, agents, model } = this.#scene;
    const people = [...members, ...agents].map(({ id }) => id);
    this.actions += actions.length;
    const { deps } = this.#ground.test;
    // What a replica didn't post of a file before it died, as the job does.
    await postItems(deps);
    const books = await readBooks(deps.db, people);
    Object.assign(this.#scene, { items: books.items });
    const posted = model.payments.unposted().filter((id) => books.postedFiles.has(id));
    const postings = posted.map((id): Action => ({ answer: 'posted', play: (bank) => bank.postFile(id) }));
    const explained = explain(model, [...actions, ...postings], (after) => booksOf(after) === books.text);
    if (explained === null) {
      const answers = actions.map(({ answer }) => answer).join(', ');
      throw new Error(`no order explains ${answers}\nfound    ${books.text}\nbefore   ${booksOf(model)}`);
    }
    Object.assign(this.#scene, { model: explained, ibans: books.ibans, transfers: books.transfers });
  }
}

function hasFailure({ status, text }: ContractReply): boolean {
  return status >= 500 || text.includes('internal_error') || text.includes('totp_required');
}

function assertSame(one: ContractReply, other: ContractReply): void {
  const read = ({ status, body }: ContractReply) => JSON.stringify([status, withoutCorrelation(body)]);
  if (read(one) !== read(other)) throw new Error(`one key, two replies: ${read(one)} and ${read(other)}`);
}

// A refusal has the correlation id of its own request; a bulk decision's refused items report the operation's current status.
function withoutCorrelation(body: ContractReply['body']): unknown {
  const { correlation_id: _, items, ...rest } = body ?? {};
  const stable = items?.map((item: { id: string; status: string; error: { code: string } | null }) =>
    item.error === null ? item : { id: item.id, code: item.error.code },
  );
  return { ...rest, items: stable };
}

function codeOf(outcome: Outcome<OperationState>): string {
  if ('refusal' in outcome) return outcome.refusal.code;
  if ('rendered' in outcome) throw new Error('an expiry has no key and is never replayed');
  return outcome.operation.status;
}
