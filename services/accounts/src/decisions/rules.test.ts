import type { OperationStep } from '@guichet/contract';
import test from 'ava';
import fc from 'fast-check';
import {
  isOpen,
  OPEN_STATUSES,
  STORED_STATUSES,
  type StoredStatus,
  TRANSITIONS,
} from '../operations/life.ts';
import type { Decision, Operation } from '../operations/operation.ts';
import { type DecisionAction, refuseDecision, stepOf } from './rules.ts';

const FINAL: StoredStatus[] = ['posted', 'rejected', 'cancelled', 'expired'];
const ACTIONS: DecisionAction[] = ['approve', 'execute', 'reject', 'cancel', 'expire'];
const DAY = '2026-12-01';

function operation(more: Partial<Operation>): Operation {
  return {
    id: 'op',
    requesterId: 'alice',
    status: 'pending',
    requiredApprovals: 1,
    executeOn: null,
    ...more,
  } as Operation;
}

function approvalBy(agentId: string): Decision {
  return {
    operationId: 'op',
    agentId,
    agentUsername: agentId,
    decision: 'approve',
    reason: null,
    decidedAt: new Date(0),
  };
}

/** For each step, its action on an operation without approvals, the number of approvals that the operation needs, and whether it has a date. */
const STEPS: Readonly<
  Record<Exclude<OperationStep, 'fail'>, { action: DecisionAction; needs: number; isDated?: boolean }>
> = {
  approve_first: { action: 'approve', needs: 2 },
  approve: { action: 'approve', needs: 1 },
  schedule: { action: 'approve', needs: 1, isDated: true },
  execute: { action: 'execute', needs: 1, isDated: true },
  reject: { action: 'reject', needs: 1 },
  cancel: { action: 'cancel', needs: 1 },
  expire: { action: 'expire', needs: 1 },
};

for (const status of STORED_STATUSES) {
  for (const [step, { action, needs, isDated = false }] of Object.entries(STEPS) as [
    keyof typeof STEPS,
    (typeof STEPS)[keyof typeof STEPS],
  ][]) {
    const to = TRANSITIONS[status][step];
    const outcome = to === undefined ? 'is refused as not_pending' : `leads to ${to}`;
    test(`${status}: ${step} ${outcome}`, (t) => {
      const one = operation({ status, requiredApprovals: needs, executeOn: isDated ? DAY : null });
      t.is(stepOf(action, one, []), step);
      const by = action === 'cancel' ? 'alice' : 'agent';
      t.is(refuseDecision(action, by, one, [])?.code, to === undefined ? 'not_pending' : undefined);
    });
  }
}

test('a status is final if the table allows no step from it; every other status can still end in each way', (t) => {
  for (const status of STORED_STATUSES) t.is(isOpen(status), !FINAL.includes(status), status);
  for (const status of OPEN_STATUSES) {
    t.deepEqual(
      FINAL.filter((end) => !Object.values(TRANSITIONS[status]).includes(end)),
      [],
      status,
    );
  }
});

test('a requester cannot decide their own request', (t) => {
  t.is(refuseDecision('approve', 'alice', operation({}), [])?.code, 'not_your_own_request');
  t.is(refuseDecision('reject', 'alice', operation({}), [])?.code, 'not_your_own_request');
  t.is(refuseDecision('cancel', 'alice', operation({}), []), null);
});

test('two approvals need two agents, and the second posts the operation', (t) => {
  const two = operation({ requiredApprovals: 2 });
  t.is(stepOf('approve', two, []), 'approve_first');
  const approved = operation({ requiredApprovals: 2, status: 'approved' });
  t.is(refuseDecision('approve', 'ann', approved, [approvalBy('ann')])?.code, 'already_decided_by_you');
  t.is(refuseDecision('approve', 'ben', approved, [approvalBy('ann')]), null);
  t.is(stepOf('approve', approved, [approvalBy('ann')]), 'approve');
});

test('whatever the actions on an operation, it ends once, and only the last required approval posts it, or its day after that', (t) => {
  const act = fc.record({
    action: fc.constantFrom(...ACTIONS),
    by: fc.constantFrom('alice', 'ann', 'ben', 'cem'),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(1, 2),
      fc.boolean(),
      fc.array(act, { maxLength: 12 }),
      (requiredApprovals, isDated, acts) => {
        const one = operation({ requiredApprovals, executeOn: isDated ? DAY : null });
        let executed = false;
        const decisions: Decision[] = [];
        let ended = 0;
        for (const { action, by } of acts) {
          if (refuseDecision(action, by, one, decisions) !== null) continue;
          const step = stepOf(action, one, decisions);
          one.status = TRANSITIONS[one.status][step] as StoredStatus;
          if (step === 'execute') executed = true;
          if (action === 'approve' || action === 'reject')
            decisions.push({ ...approvalBy(by), decision: action });
          if (FINAL.includes(one.status)) ended += 1;
        }
        const approvals = decisions
          .filter(({ decision }) => decision === 'approve')
          .map(({ agentId }) => agentId);
        t.true(ended <= 1);
        t.is(new Set(approvals).size, approvals.length);
        t.false(approvals.includes('alice'));
        const isApproved = approvals.length === requiredApprovals;
        if (!isDated) t.is(one.status === 'posted', isApproved);
        else t.is(one.status === 'posted', isApproved && executed);
        if (one.status === 'scheduled') t.true(isApproved && isDated);
      },
    ),
  );
});
