import { newId } from '@guichet/database';
import type { TestPerson } from '../fixtures.ts';
import { pacs004, pacs008 } from '../payment-files/files.fixture.ts';
import type { ModelFile, ModelPayment } from './model-payments.ts';
import type { PaymentPlan } from './plans.ts';
import { at, codeOf, type ModelRequest, type Scene, UNUSED_IBAN } from './scene.ts';

/** The request of a plan about files from other banks and batches for them. */
export function paymentRequestOf(plan: PaymentPlan, scene: Scene): ModelRequest {
  const { model } = scene;
  const accounts = [...model.accounts.keys()];
  switch (plan.do) {
    case 'receive': {
      const payments = plan.payments.map(({ name, account: place, payee, amount }) => {
        const to = at(accounts, place);
        const ibans = scene.ibans.get(to) ?? [];
        const rib = payee === 'unknown' ? 0 : payee === 'former' ? 1 : ibans.length;
        const iban = ibans[rib - 1];
        const known = iban === undefined ? { to: null, rib: 0 } : { to, rib };
        const payment = { name: nameIn(scene, name), amount, returns: null, ...known };
        return {
          payment,
          sent: { endToEndId: payment.name, iban: iban ?? UNUSED_IBAN, ...inFile(plan, amount) },
        };
      });
      const messageId = nameIn(scene, plan.message);
      const file = fileOf('incoming_payments', { ...plan, messageId }, payments);
      const xml = pacs008(
        messageId,
        payments.map(({ sent }) => sent),
      ).replaceAll('EUR', plan.currency);
      return sending('/api/payments/incoming', { xml, file, by: at(scene.agents, plan.agent) }, scene);
    }
    case 'receive_returns': {
      const abroad = [...model.payments.outgoing.keys()];
      const payments = plan.returns.map(({ operation, isUnknown, isOther }) => {
        const transfer = isUnknown ? undefined : at(abroad, operation);
        const returns = transfer ?? newId();
        const amount = (model.operations.get(returns)?.amount ?? 1) + (isOther ? 1 : 0);
        const payment = { name: returns, amount, to: null, rib: 0, returns };
        return { payment, sent: { endToEndId: returns.replaceAll('-', ''), ...inFile(plan, amount) } };
      });
      const messageId = nameIn(scene, plan.message);
      const file = fileOf('returned_payments', { ...plan, messageId }, payments);
      const xml = pacs004(
        messageId,
        payments.map(({ sent }) => sent),
      ).replaceAll('EUR', plan.currency);
      return sending('/api/payments/returns', { xml, file, by: at(scene.agents, plan.agent) }, scene);
    }
    case 'assign':
    case 'send_back': {
      const items = [...model.payments.items];
      const waiting = items.filter(([, { status }]) => status === 'suspense');
      const [itemId] = at(waiting.length > 0 ? waiting : items, plan.item) ?? [newId()];
      const by = at(scene.agents, plan.agent);
      const to = plan.do === 'assign' ? at(accounts, plan.account) : null;
      return {
        method: 'post',
        path: `/api/payments/suspense/${itemId}/${to === null ? 'return' : 'assign'}`,
        body: to === null ? { reason: 'Not ours' } : { account_id: to },
        by,
        key: newId(),
        actionsOf: (reply) => [
          {
            answer: codeOf(reply),
            play: (bank) => bank.resolve(by.id, { itemId, to }, reply.body.id ?? ''),
          },
        ],
      };
    }
    case 'batch':
      return {
        method: 'post',
        path: '/api/payments/batches',
        body: {},
        by: at(scene.agents, plan.agent),
        key: newId(),
        actionsOf: (reply) => [
          { answer: codeOf(reply), play: (bank) => bank.createBatch(reply.body.id ?? '') },
        ],
      };
    case 'sent':
    case 'settled': {
      const id = at([...model.payments.batches.keys()], plan.batch) ?? newId();
      return {
        method: 'post',
        path: `/api/payments/batches/${id}/${plan.do}`,
        body: undefined,
        by: at(scene.agents, plan.agent),
        key: newId(),
        actionsOf: (reply) => [
          { answer: codeOf(reply), play: (bank) => bank.payments.advanceBatch(id, plan.do) },
        ],
      };
    }
  }
}

/** A name in files that no other sequence of commands has. */
const nameIn = ({ members }: Scene, number: number) => `${at(members, 0).id.slice(-12)}-${number}`;

/** An amount as files have it. */
const inFile = ({ currency }: Pick<ModelFile, 'currency'>, amount: number) => ({
  amount: (amount / 100).toFixed(2),
  currency,
});

const fileOf = (
  kind: ModelFile['kind'],
  { currency, messageId }: Pick<ModelFile, 'currency' | 'messageId'>,
  payments: readonly { payment: ModelPayment }[],
): ModelFile => ({ kind, currency, messageId, payments: payments.map(({ payment }) => payment) });

function sending(
  path: string,
  { xml, file, by }: { xml: string; file: ModelFile; by: TestPerson },
  scene: Scene,
): ModelRequest {
  return {
    method: 'post',
    path,
    body: undefined,
    xml,
    by,
    key: newId(),
    actionsOf: (reply) => [
      {
        answer: codeOf(reply),
        play: (bank) => {
          const { id = '' } = reply.body;
          // They were read since.
          return bank.receiveFile(by.id, file, { id, itemIds: scene.items.get(id) ?? [] });
        },
      },
    ],
  };
}
