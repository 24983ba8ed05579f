import { readFileSync } from 'node:fs';
import type { CommonPasswords } from './rules.ts';

/** Reads common-passwords.txt, about 24,000 lines. */
export function loadCommonPasswords(): CommonPasswords {
  const text = readFileSync(new URL('./common-passwords.txt', import.meta.url), 'utf8');
  return new Set(text.split('\n').filter((line) => line !== '' && !line.startsWith('#')));
}
