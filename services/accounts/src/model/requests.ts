import { createCalendar } from '@guichet/calendar';
import { newId } from '@guichet/database';
import type { TestPerson } from '../fixtures.ts';
import { type ModelBank, POISON } from './model-bank.ts';
import type { ModelInput } from './model-state.ts';
import { paymentRequestOf } from './payment-requests.ts';
import type { Choice, Plan } from './plans.ts';
import { at, codeOf, type ModelRequest, type Scene, UNUSED_IBAN } from './scene.ts';

const { dateOf } = createCalendar('Europe/Paris');
const FOREIGN_IBAN = 'DE89370400440532013000';

/** The request of a plan in a scene. */
export function requestOf(plan: Plan, scene: Scene): ModelRequest {
  const { model } = scene;
  const accounts = [...model.accounts.keys()];
  const account = 'account' in plan ? at(accounts, plan.account) : '';
  const owner = (id: string) => person(scene.members, model.accounts.get(id)?.owner);
  const input = (kind: ModelInput['kind'], more: Partial<ModelInput> = {}): ModelInput => ({
    kind,
    amount: 0,
    from: null,
    to: null,
    ...more,
  });
  switch (plan.do) {
    case 'open': {
      const body = { name: 'Everyday', type: 'current', currency: plan.currency };
      const planned = input('open_account', { currency: plan.currency });
      return requesting('/api/accounts', body, at(scene.members, plan.member), planned);
    }
    case 'deposit':
    case 'withdraw': {
      const kind = plan.do === 'deposit' ? 'deposit' : 'withdrawal';
      const others = scene.members.filter(({ id }) => id !== owner(account).id);
      const reference = plan.isPoison ? POISON : 'cash';
      const { amount } = plan;
      return requesting(
        '/api/operations',
        { type: kind, account_id: account, amount, reference, ...(kind === 'deposit' ? {} : code(plan)) },
        plan.stranger ? at(others, plan.account) : owner(account),
        input(kind, {
          amount,
          reference,
          hasCode: plan.hasCode,
          [kind === 'deposit' ? 'to' : 'from']: account,
        }),
      );
    }
    case 'move': {
      // Every second transfer is between accounts of one user, where that is allowed.
      const own = accounts.filter((id) => owner(id) === owner(account));
      const to = at(plan.other % 2 === 0 ? own : accounts, plan.other);
      const { amount } = plan;
      const dated = datedIn(plan.inDays, model.now);
      const body = {
        type: 'internal_transfer',
        from_account_id: account,
        to_account_id: to,
        amount,
        ...dated.body,
      };
      const planned = input('internal_transfer', { amount, from: account, to, ...dated.input });
      return requesting('/api/operations', body, owner(account), planned);
    }
    case 'pay': {
      const { amount } = plan;
      const to = at(accounts, plan.other);
      const ibans = scene.ibans.get(to) ?? [];
      const rib = plan.payee === 'former' ? 1 : ibans.length;
      const isHere = plan.payee === 'current' || plan.payee === 'former';
      const known = isHere ? ibans[rib - 1] : plan.payee === 'abroad' ? FOREIGN_IBAN : undefined;
      const dated = datedIn(plan.inDays, model.now);
      const payee = known === FOREIGN_IBAN ? {} : known === undefined ? { rib: 0 } : { to, rib };
      return requesting(
        '/api/operations',
        {
          type: 'external_transfer',
          from_account_id: account,
          to: { name: 'Anna Keller', iban: known ?? UNUSED_IBAN },
          amount,
          ...code(plan),
          ...dated.body,
        },
        owner(account),
        input('external_transfer', {
          amount,
          from: account,
          hasCode: plan.hasCode,
          ...payee,
          ...dated.input,
        }),
      );
    }
    case 'close':
      return requesting(
        `/api/accounts/${account}/close`,
        undefined,
        owner(account),
        input('close_account', { to: account }),
      );
    case 'renew':
      return requesting(
        `/api/accounts/${account}/rib`,
        undefined,
        owner(account),
        input('renew_rib', { to: account }),
      );
    case 'reverse': {
      const undoes = at([...scene.transfers.keys()], plan.operation);
      const { amount, from, to, currency = 'EUR' } = model.operations.get(undoes) as ModelInput;
      const body = { type: 'reversal', transfer_id: scene.transfers.get(undoes), reason: 'Typed twice' };
      const planned = input('reversal', { amount, currency, from: to, to: from, undoes });
      return requesting('/api/operations', body, at(scene.agents, plan.agent), planned);
    }
    case 'approve':
    case 'reject':
    case 'cancel': {
      const id = choose(plan.operation, model);
      const requester = person([...scene.members, ...scene.agents], model.operations.get(id)?.by);
      const others = scene.members.filter((one) => one !== requester);
      const by =
        plan.do !== 'cancel'
          ? at(scene.agents, plan.agent)
          : plan.stranger || !scene.members.includes(requester)
            ? at(others, 0)
            : requester;
      return {
        method: 'post',
        path: `/api/operations/${id}/${plan.do}`,
        body: plan.do === 'reject' ? { reason: 'No' } : undefined,
        by,
        key: newId(),
        actionsOf: (reply) => [
          { answer: codeOf(reply), play: (bank) => shownAs(bank.decide(by.id, plan.do, id)) },
        ],
      };
    }
    case 'decide': {
      const by = at(scene.agents, plan.agent);
      const items = plan.items.map(({ action, operation }) => ({
        id: choose(operation, model),
        decision: action,
      }));
      return {
        method: 'post',
        path: '/api/operations/decisions',
        body: { items },
        by,
        key: newId(),
        actionsOf: (reply) =>
          items.map(({ id, decision }, index) => {
            const item = reply.status === 200 ? reply.body.items[index] : null;
            const answer = item === null ? codeOf(reply) : (item.error?.code ?? item.status);
            return { answer, play: (bank) => shownAs(bank.decide(by.id, decision, id)) };
          }),
      };
    }
    case 'overdraft': {
      const { amount } = plan;
      const by = at(scene.agents, plan.agent);
      return setting(`/api/accounts/${account}/overdraft`, { amount }, by, (bank, id) =>
        bank.setOverdraft(by.id, account, amount, id),
      );
    }
    case 'limits': {
      const limits = { operation: plan.operation, day: plan.day };
      const by = at(scene.agents, plan.agent);
      return setting(`/api/accounts/${account}/limits`, limits, by, (bank, id) =>
        bank.setLimits(by.id, account, limits, id),
      );
    }
    case 'receive':
    case 'receive_returns':
    case 'assign':
    case 'send_back':
    case 'batch':
    case 'sent':
    case 'settled':
      return paymentRequestOf(plan, scene);
  }
}

/** The day of a transfer, in its request and in the model; the bank's day at `now` is the first. */
function datedIn(days: number, now: number) {
  if (days === 0) return { body: {}, input: {} };
  const today = new Date(`${dateOf(new Date(now))}T00:00:00Z`);
  const date = new Date(today.getTime() + days * 86_400_000).toISOString().slice(0, 10);
  return { body: { execute_on: date }, input: { executeOn: date } };
}

/** A reply in one word, as clients see it. */
const shownAs = (answer: string) => (answer === 'scheduled' ? 'approved' : answer);

function requesting(path: string, body: unknown, by: TestPerson, input: ModelInput): ModelRequest {
  return {
    method: 'post',
    path,
    body,
    by,
    key: newId(),
    actionsOf: (reply) => [
      {
        answer: codeOf(reply),
        play: (bank) => {
          const to = input.kind === 'open_account' ? (reply.body.account_id ?? null) : input.to;
          return bank.request(by.id, { ...input, to }, reply.body.id ?? '');
        },
      },
    ],
  };
}

/** A placeholder for a code in a planned body. Each time it is sent, the code is new, because codes are not part of the meaning of a request. */
const FRESH_CODE = 'fresh';

const code = ({ hasCode }: { hasCode: boolean }) => (hasCode ? { totp: FRESH_CODE } : {});

/** The body with a new code. */
export function withFreshCode(body: unknown, nextCode: () => string): unknown {
  const { totp } = (body ?? {}) as { totp?: unknown };
  return totp === FRESH_CODE ? { ...(body as object), totp: nextCode() } : body;
}

function setting(
  path: string,
  body: unknown,
  by: TestPerson,
  play: (model: ModelBank, operationId: string) => string,
): ModelRequest {
  return {
    method: 'put',
    path,
    body,
    by,
    key: null,
    actionsOf: (reply) => [{ answer: codeOf(reply), play: (bank) => play(bank, reply.body.id ?? '') }],
  };
}

function choose({ of, place }: Choice, model: ModelBank): string {
  const waiting = of === 'waiting' ? model.waiting() : [];
  const all = [...model.operations.keys()];
  return of === 'none' ? newId() : at(waiting.length > 0 ? waiting : all, place);
}

function person(people: readonly TestPerson[], id: string | undefined): TestPerson {
  return people.find((one) => one.id === id) ?? at(people, 0);
}
