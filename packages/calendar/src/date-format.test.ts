import test from 'ava';
import { dateFormat } from './index.ts';

const FIRST = new Date('2026-10-01T12:00:00Z');
const ELEVENTH = new Date('2026-10-11T12:00:00Z');
const NAMED = { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'Europe/Paris' } as const;

test('in French, the first day of a month is an ordinal number, and no other day is', (t) => {
  t.is(dateFormat('fr-FR', NAMED)(FIRST), '1er octobre 2026');
  t.is(dateFormat('fr-FR', NAMED)(ELEVENTH), '11 octobre 2026');
  t.is(dateFormat('fr-FR', { ...NAMED, month: 'short' })(FIRST), '1er oct. 2026');
  t.is(dateFormat('fr-FR', { dateStyle: 'long', timeZone: 'Europe/Paris' })(FIRST), '1er octobre 2026');
});

test('dates in figures and dates in English stay as they are', (t) => {
  t.is(dateFormat('fr-FR', { ...NAMED, day: '2-digit', month: '2-digit' })(FIRST), '01/10/2026');
  t.is(dateFormat('fr-FR', { ...NAMED, month: 'numeric' })(FIRST), '01/10/2026');
  t.is(dateFormat('en-GB', NAMED)(FIRST), '1 October 2026');
});
