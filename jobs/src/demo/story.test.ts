import test from 'ava';
import { offsetSeconds } from './fill.ts';
import { MEMBERS, passwordOf } from './people.ts';
import type { DemoRequest } from './requests.ts';
import { SALARIES, STORY } from './story.ts';

const requests = STORY.flatMap(({ rounds }) => rounds.flat());

test('the story covers at least three calendar months, on every day of the year', (t) => {
  const months = (now: Date) =>
    new Set(STORY.map((chapter) => new Date(now.getTime() + offsetSeconds(chapter, now) * 1000).getMonth()));
  for (let day = 0; day < 366; day += 1) {
    t.true(months(new Date(2027, 0, 1 + day, 0, 30)).size >= 3, `day ${day}`);
  }
});

test('chapters are in chronological order and end in the present', (t) => {
  const offsets = STORY.map((chapter) => offsetSeconds(chapter));
  t.deepEqual(
    offsets,
    [...offsets].sort((one, other) => one - other),
  );
  t.is(offsets.at(-1), 0);
});

test('the story contains every kind of request and every ending', (t) => {
  const endings = new Set(requests.map(({ ending }) => (typeof ending === 'object' ? 'reject' : ending)));
  t.deepEqual([...endings].sort(), ['approve', 'cancel', 'first approval', 'reject', 'wait']);
  t.deepEqual([...new Set(requests.map(({ kind }) => kind))].sort(), [
    'deposit',
    'move',
    'open',
    'pay',
    'pay out',
    'renew',
    'repeat',
    'withdrawal',
  ]);
});

test('no account is overdrawn, even if pending requests are never decided', (t) => {
  const available = new Map<string, number>();
  const change = (who: string, type: string, amount: number) => {
    const left = (available.get(`${who}:${type}`) ?? 0) + amount;
    t.true(left >= 0, `${who}:${type} falls to ${left}`);
    available.set(`${who}:${type}`, left);
  };
  for (const { salaries, rounds } of STORY) {
    if (salaries !== null) for (const { who, amount } of SALARIES.flat()) change(who, 'current', amount);
    for (const round of rounds) play(round);
  }

  function play(round: readonly DemoRequest[]): void {
    // Debits are held when requested; credits arrive with the decision at the end of the round.
    for (const request of round)
      if (debit(request) !== null) change(request.who, debit(request) as string, -amountOf(request));
    for (const request of round) {
      const isPosted = request.ending === 'approve';
      const isReleased = request.ending === 'cancel' || typeof request.ending === 'object';
      if (isReleased && debit(request) !== null)
        change(request.who, debit(request) as string, amountOf(request));
      if (isPosted && request.kind === 'deposit') change(request.who, request.account, request.amount);
      if (isPosted && request.kind === 'move') change(request.who, request.to, request.amount);
      if (isPosted && request.kind === 'pay') change(request.payee, 'current', request.amount);
    }
  }
});

test('each demo user has a different password, derived from the secret and the username', (t) => {
  const passwords = Object.values(MEMBERS).map((person) => passwordOf(person, 'secret'));
  t.is(new Set(passwords).size, passwords.length);
  t.is(passwordOf(MEMBERS.amelie, 'secret'), passwordOf(MEMBERS.amelie, 'secret'));
  t.not(passwordOf(MEMBERS.amelie, 'secret'), passwordOf(MEMBERS.amelie, 'other'));
  t.true(passwords.every((password) => password.length >= 12));
});

function debit(request: DemoRequest): string | null {
  if (request.kind === 'withdrawal') return request.account;
  if (request.kind === 'move') return request.from;
  // A standing order pays once by the end of the story.
  return ['pay', 'pay out', 'repeat'].includes(request.kind) ? 'current' : null;
}

function amountOf(request: DemoRequest): number {
  return 'amount' in request ? request.amount : 0;
}
