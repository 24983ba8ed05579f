import type { StandingOrder } from '@guichet/contract/accounts';

/** A date of a standing order, and the later day on which it's paid if nothing leaves the bank on that date. */
export interface NextPayment {
  date: string;
  movedTo: string | null;
}

export function nextPayments({
  next_dates: dates,
  next_execution_dates: days,
}: StandingOrder): NextPayment[] {
  return dates.map((date, index) => ({ date, movedTo: days[index] === date ? null : (days[index] ?? null) }));
}

/** What its customer can do with it. */
export function choicesFor({ status }: StandingOrder) {
  const goesOn = status === 'active' || status === 'paused' || status === 'suspended';
  return {
    pause: status === 'active',
    resume: status === 'paused' || status === 'suspended',
    change: goesOn,
    end: goesOn,
    withdraw: status === 'pending',
  };
}

/** Whether it's over, so that lists show it below the others. */
export function isOver({ status }: StandingOrder): boolean {
  return status === 'ended' || status === 'rejected';
}
