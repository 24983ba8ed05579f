export { API_TOKEN_CACHE_MS, isApiToken, newApiToken } from './api-token.ts';
export { type AccessClaims, issueAccessToken, type SigningKey } from './issue.ts';
export {
  createKeySet,
  type Jwk,
  type Jwks,
  type KeySet,
  keyThumbprint,
  publicJwk,
} from './keys.ts';
export { createRevocations, type Revocations } from './revocations.ts';
export { type Caller, createVerifier, type Verifier } from './verify.ts';
