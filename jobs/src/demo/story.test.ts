import test from 'ava';
import type { Ask } from './asks.ts';
import { offsetSeconds } from './fill.ts';
import { MEMBERS, passwordOf } from './people.ts';
import { STORY } from './story.ts';

const asks = STORY.flatMap(({ rounds }) => rounds.flat());

test('the story stretches over three calendar months, whenever it is told', (t) => {
  const months = (now: Date) =>
    new Set(STORY.map((chapter) => new Date(now.getTime() + offsetSeconds(chapter, now) * 1000).getMonth()));
  for (let day = 0; day < 366; day += 1) {
    t.true(months(new Date(2027, 0, 1 + day, 0, 30)).size >= 3, `day ${day}`);
  }
});

test('chapters go forward in time, and end in the present', (t) => {
  const offsets = STORY.map((chapter) => offsetSeconds(chapter));
  t.deepEqual(
    offsets,
    [...offsets].sort((one, other) => one - other),
  );
  t.is(offsets.at(-1), 0);
});

test('there is something of everything: decided, refused, withdrawn, waiting, halfway', (t) => {
  const endings = new Set(asks.map(({ ending }) => (typeof ending === 'object' ? 'reject' : ending)));
  t.deepEqual([...endings].sort(), ['approve', 'cancel', 'first approval', 'reject', 'wait']);
  t.deepEqual([...new Set(asks.map(({ ask }) => ask))].sort(), [
    'deposit',
    'move',
    'open',
    'pay',
    'pay out',
    'renew',
    'withdrawal',
  ]);
});

test('nobody ever spends what they do not have, whatever waits', (t) => {
  const available = new Map<string, number>();
  const change = (who: string, kind: string, amount: number) => {
    const left = (available.get(`${who}:${kind}`) ?? 0) + amount;
    t.true(left >= 0, `${who}:${kind} falls to ${left}`);
    available.set(`${who}:${kind}`, left);
  };
  for (const round of STORY.flatMap(({ rounds }) => rounds)) {
    // Debits are held at once; credits come with the decision at the round's end.
    for (const ask of round) if (debit(ask) !== null) change(ask.who, debit(ask) as string, -amountOf(ask));
    for (const ask of round) {
      const isPosted = ask.ending === 'approve';
      const isReleased = ask.ending === 'cancel' || typeof ask.ending === 'object';
      if (isReleased && debit(ask) !== null) change(ask.who, debit(ask) as string, amountOf(ask));
      if (isPosted && ask.ask === 'deposit') change(ask.who, ask.account, ask.amount);
      if (isPosted && ask.ask === 'move') change(ask.who, ask.to, ask.amount);
      if (isPosted && ask.ask === 'pay') change(ask.payee, 'current', ask.amount);
    }
  }
});

test('everybody has a password of their own, the same whenever it is asked for', (t) => {
  const passwords = Object.values(MEMBERS).map((person) => passwordOf(person, 'secret'));
  t.is(new Set(passwords).size, passwords.length);
  t.is(passwordOf(MEMBERS.amelie, 'secret'), passwordOf(MEMBERS.amelie, 'secret'));
  t.not(passwordOf(MEMBERS.amelie, 'secret'), passwordOf(MEMBERS.amelie, 'other'));
  t.true(passwords.every((password) => password.length >= 12));
});

function debit(ask: Ask): string | null {
  if (ask.ask === 'withdrawal') return ask.account;
  if (ask.ask === 'move') return ask.from;
  return ask.ask === 'pay' || ask.ask === 'pay out' ? 'current' : null;
}

function amountOf(ask: Ask): number {
  return 'amount' in ask ? ask.amount : 0;
}
