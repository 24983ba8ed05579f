import { type FieldError, problems } from '@guichet/errors';

/** Deeper than any body of this API, and far below what recursion can handle. */
const DEPTH_MAX = 16;
const LIST_ITEMS_MAX = 1_000;
const OBJECT_FIELDS_MAX = 100;
const INTEGER = /^(?:0|-?[1-9][0-9]*)$/;
/** A number, or `true`, `false` or `null`. */
const WORD = /[-+.0-9A-Za-z]+/y;

/** An enclosing object or list, with the keys seen so far. */
interface Level {
  keys: Set<string> | null;
  items: number;
  key: string;
}

/**
 * Parses JSON as this API accepts it: objects without repeated keys, numbers written as integers that a double holds exactly, text without
 * lone surrogates, and bounds on depth and size, so that all later work on the value is bounded.
 * @throws Problem `invalid_request`
 */
export function parseJson(text: string): unknown {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw problems.invalid_request('The body isn’t valid JSON in UTF-8');
  }
  checkTokens(text);
  return parsed;
}

// JSON.parse has checked the syntax, so every token here is complete and in a valid place.
function checkTokens(text: string): void {
  const levels: Level[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at] as string;
    if (character === '"') {
      const end = endOfString(text, at);
      const token = text.slice(at, end);
      const level = levels.at(-1);
      if (level?.keys && isKey(text, end)) takeKey(level, token, levels);
      else countItem(levels);
      checkString(token, levels);
      at = end;
    } else if (character === '{' || character === '[') {
      countItem(levels);
      if (levels.length === DEPTH_MAX) throw refused(levels, 'is nested too deeply');
      levels.push({ keys: character === '{' ? new Set() : null, items: 0, key: '' });
      at += 1;
    } else if (character === '}' || character === ']') {
      levels.pop();
      at += 1;
    } else if (character === ',' || character === ':' || isSpace(character)) {
      at += 1;
    } else {
      WORD.lastIndex = at;
      const [token] = WORD.exec(text) as RegExpExecArray;
      countItem(levels);
      if (!/^[tfn]/.test(token)) checkNumber(token, levels);
      at += token.length;
    }
  }
}

function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote + 1;
}

/** After an odd number of backslashes. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text[first - 1] === '\\') first -= 1;
  return (at - first) % 2 === 1;
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (isSpace(text[at])) at += 1;
  return text[at] === ':';
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\n' || character === '\r' || character === '\t';
}

function takeKey(level: Level, token: string, levels: readonly Level[]): void {
  const key: string = token.includes('\\') ? JSON.parse(token) : token.slice(1, -1);
  level.key = key;
  if (level.keys?.has(key)) throw refused(levels, 'must not be repeated');
  level.keys?.add(key);
  if ((level.keys?.size ?? 0) > OBJECT_FIELDS_MAX)
    throw refused(levels.slice(0, -1), `has more than ${OBJECT_FIELDS_MAX} fields`);
}

/** Counts an item if a value starts within a list. */
function countItem(levels: readonly Level[]): void {
  const level = levels.at(-1);
  if (level === undefined || level.keys !== null) return;
  level.key = String(level.items);
  level.items += 1;
  if (level.items > LIST_ITEMS_MAX)
    throw refused(levels.slice(0, -1), `has more than ${LIST_ITEMS_MAX} items`);
}

function checkString(token: string, levels: readonly Level[]): void {
  // Unescaped characters are valid UTF-8 already.
  if (!token.includes('\\u')) return;
  if (!(JSON.parse(token) as string).isWellFormed()) throw refused(levels, 'must be well-formed Unicode');
}

function checkNumber(token: string, levels: readonly Level[]): void {
  if (!INTEGER.test(token)) throw refused(levels, 'must be written as an integer');
  if (!Number.isSafeInteger(Number(token))) throw refused(levels, 'must be an integer of at most 2^53 − 1');
}

function refused(levels: readonly Level[], message: string) {
  const path = levels.map(({ key }) => key.slice(0, 40).toWellFormed()).join('.');
  const error: FieldError = { path: path || 'body', message };
  return problems.invalid_request(undefined, { errors: [error] });
}
