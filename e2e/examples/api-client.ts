// A client of the bank's API. Its types are generated from the OpenAPI documents that the bank serves:
//
//   npx openapi-typescript https://bank.example/api/auth/openapi.json -o types/auth.d.ts
//   npx openapi-typescript https://bank.example/api/accounts/openapi.json -o types/accounts.d.ts

import { randomUUID } from 'node:crypto';
import createClient from 'openapi-fetch';
import type { paths as AccountsApi } from './types/accounts.d.ts';
import type { paths as AuthApi } from './types/auth.d.ts';

/** Signs in, and requests a deposit on the first open account. @returns the operation, which waits for an agent */
export async function requestDeposit(
  baseUrl: string,
  { username, password }: { username: string; password: string },
  amount: number,
) {
  const auth = createClient<AuthApi>({ baseUrl });
  const signedIn = await auth.POST('/api/auth/login', { body: { username, password } });
  if (signedIn.error !== undefined) throw new Error(signedIn.error.title);

  const bank = createClient<AccountsApi>({
    baseUrl,
    headers: { Authorization: `Bearer ${signedIn.data.access_token}` },
  });
  const accounts = await bank.GET('/api/accounts', { params: { query: { status: 'open', limit: 1 } } });
  const account = accounts.data?.items[0];
  if (account === undefined) throw new Error('No open account');

  // With the same key, a request that is sent again after a lost response is carried out once.
  const { data, error } = await bank.POST('/api/operations', {
    params: { header: { 'Idempotency-Key': randomUUID() } },
    body: { type: 'deposit', account_id: account.id, amount },
  });
  if (error !== undefined) throw new Error(`${error.code}: ${error.title}`);
  return data;
}
