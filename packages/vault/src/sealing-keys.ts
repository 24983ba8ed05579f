import { listSetting } from '@guichet/config';

/** A setting with the keys of a vault: 32 bytes in base64 each, separated by commas. */
export const sealingKeys = () =>
  listSetting
    .transform((keys) => keys.map((key): Buffer => Buffer.from(key, 'base64')))
    .refine(
      (keys): keys is [Buffer, ...Buffer[]] => keys.length > 0 && keys.every(({ length }) => length === 32),
      'must be a list of keys of 32 bytes in base64',
    )
    .refine(
      (keys) => new Set(keys.map((key) => key.toString('base64'))).size === keys.length,
      'must not contain a key twice',
    );
