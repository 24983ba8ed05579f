import test from 'ava';
import fc from 'fast-check';
import { isWaiting, STATUSES, type Status, type Step, TRANSITIONS } from '../operations/kinds.ts';
import type { Decision, Operation } from '../operations/operation.ts';
import { refuseVerdict, stepOf, type Verdict } from './rules.ts';

const FINAL: Status[] = ['posted', 'rejected', 'cancelled', 'expired'];
const VERDICTS: Verdict[] = ['approve', 'reject', 'cancel', 'expire'];

function operation(more: Partial<Operation>): Operation {
  return { id: 'op', requesterId: 'alice', status: 'pending', requiredApprovals: 1, ...more } as Operation;
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

/** Each step as a verdict on an operation without an approval, which needs so many. */
const STEPS: Readonly<Record<Step, { verdict: Verdict; needs: number }>> = {
  approve_first: { verdict: 'approve', needs: 2 },
  approve: { verdict: 'approve', needs: 1 },
  reject: { verdict: 'reject', needs: 1 },
  cancel: { verdict: 'cancel', needs: 1 },
  expire: { verdict: 'expire', needs: 1 },
};

for (const status of STATUSES) {
  for (const [step, { verdict, needs }] of Object.entries(STEPS) as [Step, (typeof STEPS)[Step]][]) {
    const to = TRANSITIONS[status][step];
    const told = to === undefined ? 'is refused as not_pending' : `leads to ${to}`;
    test(`${status}: ${step} ${told}`, (t) => {
      const one = operation({ status, requiredApprovals: needs });
      t.is(stepOf(verdict, one, []), step);
      const by = verdict === 'cancel' ? 'alice' : 'agent';
      t.is(refuseVerdict(verdict, by, one, [])?.code, to === undefined ? 'not_pending' : undefined);
    });
  }
}

test('what is final is what the table lets nothing follow, and the rest may still end in every way', (t) => {
  for (const status of STATUSES) t.is(isWaiting(status), !FINAL.includes(status), status);
  for (const status of ['pending', 'approved'] as const) {
    t.deepEqual(
      FINAL.filter((end) => !Object.values(TRANSITIONS[status]).includes(end)),
      [],
      status,
    );
  }
});

test('nobody decides their own request', (t) => {
  t.is(refuseVerdict('approve', 'alice', operation({}), [])?.code, 'not_your_own_request');
  t.is(refuseVerdict('reject', 'alice', operation({}), [])?.code, 'not_your_own_request');
  t.is(refuseVerdict('cancel', 'alice', operation({}), []), null);
});

test('two approvals are two agents, and the second posts', (t) => {
  const two = operation({ requiredApprovals: 2 });
  t.is(stepOf('approve', two, []), 'approve_first');
  const approved = operation({ requiredApprovals: 2, status: 'approved' });
  t.is(refuseVerdict('approve', 'ann', approved, [approvalBy('ann')])?.code, 'already_decided_by_you');
  t.is(refuseVerdict('approve', 'ben', approved, [approvalBy('ann')]), null);
  t.is(stepOf('approve', approved, [approvalBy('ann')]), 'approve');
});

test('whatever is done to an operation, it ends once, and only an approval of the needed number posts it', (t) => {
  const act = fc.record({
    verdict: fc.constantFrom(...VERDICTS),
    by: fc.constantFrom('alice', 'ann', 'ben', 'cem'),
  });
  fc.assert(
    fc.property(fc.constantFrom(1, 2), fc.array(act, { maxLength: 12 }), (requiredApprovals, acts) => {
      const one = operation({ requiredApprovals });
      const decisions: Decision[] = [];
      let ended = 0;
      for (const { verdict, by } of acts) {
        if (refuseVerdict(verdict, by, one, decisions) !== null) continue;
        const step = stepOf(verdict, one, decisions);
        one.status = TRANSITIONS[one.status][step] as Status;
        if (verdict === 'approve' || verdict === 'reject')
          decisions.push({ ...approvalBy(by), decision: verdict });
        if (FINAL.includes(one.status)) ended += 1;
      }
      const approvals = decisions
        .filter(({ decision }) => decision === 'approve')
        .map(({ agentId }) => agentId);
      t.true(ended <= 1);
      t.is(new Set(approvals).size, approvals.length);
      t.false(approvals.includes('alice'));
      t.is(one.status === 'posted', approvals.length === requiredApprovals);
      t.true(STATUSES.includes(one.status));
    }),
  );
});
