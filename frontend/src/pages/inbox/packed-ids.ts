import { idOrNull } from '../ids.ts';

/** A page of the list: some 4,300 characters in an address, which proxies and browsers accept. */
export const MOST_SELECTED = 200;

/** The most that the bank decides at once. The filters of the list choose them, and the form carries them. */
export const MOST_DECIDED = 1_000;

/** Ids in one field of a form: fields are limited to some 4 000 characters. */
const IDS_PER_FIELD = 128;

const BYTES = 16;

/** Ids in 22 characters each, so that a whole selection has an address. */
export function packIds(ids: readonly string[]): string {
  return Buffer.from(ids.join('').replaceAll('-', ''), 'hex').toString('base64url');
}

/** The ids of `packIds`; empty for any other text. */
export function unpackIds(packed: unknown): string[] {
  if (typeof packed !== 'string' || !/^[\w-]+$/.test(packed)) return [];
  const bytes = Buffer.from(packed, 'base64url');
  if (bytes.length % BYTES !== 0 || bytes.length > MOST_SELECTED * BYTES) return [];
  const ids: string[] = [];
  for (let at = 0; at < bytes.length; at += BYTES) {
    const hex = bytes.subarray(at, at + BYTES).toString('hex');
    const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    if (idOrNull(id) !== null) ids.push(id);
  }
  return [...new Set(ids)];
}

/** The values of as many fields as the ids need; `unpackIds` reads each. */
export function packIntoFields(ids: readonly string[]): string[] {
  const fields: string[] = [];
  for (let at = 0; at < ids.length; at += IDS_PER_FIELD)
    fields.push(packIds(ids.slice(at, at + IDS_PER_FIELD)));
  return fields;
}
