import { z } from 'zod';
import { Id, Time } from '../fields.ts';
import { LENGTHS } from '../lengths.ts';
import { SCOPES } from '../lists/scopes.ts';
import { ROLES } from '../lists/users.ts';
import { plainText, text } from '../text.ts';
import { PasswordInput } from './fields.ts';

export const NewApiToken = z.strictObject({
  name: plainText(LENGTHS.tokenName),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
  expires_in_days: z.int().min(1).max(366),
  password: PasswordInput,
});
export type NewApiToken = z.input<typeof NewApiToken>;

export const ApiTokenView = z
  .object({
    id: Id,
    name: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    created_at: Time,
    expires_at: Time,
    last_used_at: Time.nullable(),
  })
  .meta({ id: 'ApiToken' });
export type ApiToken = z.output<typeof ApiTokenView>;

/** The only view that contains the token itself. */
export const NewApiTokenView = ApiTokenView.extend({ token: z.string() }).meta({ id: 'NewApiToken' });
export type CreatedApiToken = z.output<typeof NewApiTokenView>;

/** POST /internal/tokens/introspect, for the services that accept tokens. */
export const Introspection = z.strictObject({
  token_hash: text(64).regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 hash in hex'),
});
export type Introspection = z.input<typeof Introspection>;

/** The owner of a token; null if the token is unknown or no longer valid. */
export const IntrospectionView = z.object({
  caller: z
    .object({
      token_id: z.string(),
      user_id: z.string(),
      username: z.string(),
      role: z.enum(ROLES),
      scopes: z.array(z.enum(SCOPES)),
      expires_at: Time,
    })
    .nullable(),
});
export type IntrospectionResult = z.output<typeof IntrospectionView>;
