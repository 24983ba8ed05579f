import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;
const ID_LENGTH = 12;

/** Seals small secrets, so that the database alone does not reveal them. */
export interface Vault {
  /** The ids of its keys; the first is the key that seals. */
  readonly keyIds: readonly [current: string, ...older: string[]];
  /** AES-256-GCM; `context` names the kind of secret and its owner, and must be the same to open it. The text begins with the key's id. */
  seal(secret: string, context: string): string;
  /** @throws Error if the vault lacks the key, or if the context or the text differs */
  open(sealed: string, context: string): string;
}

/** Of several keys of 32 bytes the first seals, and all open, so that keys can be rotated. */
export function createVault([current, ...older]: readonly [current: Buffer, ...older: Buffer[]]): Vault {
  const currentId = vaultKeyId(current);
  const keys = new Map([current, ...older].map((key) => [vaultKeyId(key), key]));
  return {
    keyIds: [currentId, ...older.map(vaultKeyId)],
    seal(secret, context) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', current, iv).setAAD(Buffer.from(context));
      const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return `${currentId}.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')}`;
    },
    open(sealed, context) {
      const id = sealingKeyId(sealed);
      const key = keys.get(id);
      if (key === undefined) throw new Error(`the list of keys lacks the key ${id}`);
      const bytes = Buffer.from(sealed.slice(id.length + 1), 'base64url');
      const iv = bytes.subarray(0, IV_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      return (
        decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
      );
    },
  };
}

/** The id of the key that sealed a text. */
export function sealingKeyId(sealed: string): string {
  return sealed.slice(0, Math.max(0, sealed.indexOf('.')));
}

/** Says nothing about a key of 256 random bits, and tells an operator which one a text needs. */
function vaultKeyId(key: Buffer): string {
  return createHash('sha256').update('guichet vault key').update(key).digest('hex').slice(0, ID_LENGTH);
}
