import type { Operation } from '@guichet/contract/accounts';
import { TOTP } from 'otpauth';
import { ApiClient, ApiRefusal } from '../demo/client.ts';
import type { Login } from '../demo/logins.ts';

/** The test's agents, who sign in when they are needed. */
export class Staff {
  readonly #origin: string;
  readonly #logins: readonly Login[];
  readonly #clients: ApiClient[] = [];

  constructor(origin: string, logins: readonly Login[]) {
    this.#origin = origin;
    this.#logins = logins;
  }

  /** Agent number `index`, from 0. */
  async agent(index: number): Promise<ApiClient> {
    while (this.#clients.length <= index) {
      const login = this.#logins[this.#clients.length];
      if (login === undefined) throw new Error(`the test has no more than ${this.#logins.length} agents`);
      this.#clients.push(await signIn(this.#origin, login));
    }
    return this.#clients[index] as ApiClient;
  }

  /** Requests what a different agent has to approve, and lets one do so. */
  async carryOut(request: (agent: ApiClient) => Promise<Operation>): Promise<Operation> {
    const requester = await this.agent(0);
    await this.agent(1);
    return this.approve(await request(requester), 1);
  }

  /**
   * Approves with as many agents as the operation needs, starting with number `first`. What can't be approved is rejected, so that it doesn't wait.
   * @throws Error
   */
  async approve(requested: Operation, first = 0): Promise<Operation> {
    try {
      return await this.#post(requested, first);
    } catch (error) {
      await this.#reject(requested);
      throw error;
    }
  }

  /** Reverses an operation if it was posted, also if the reply of its approval was lost. */
  async takeBack({ id }: Operation): Promise<void> {
    const { status } = await this.operation(id);
    if (status === 'posted') await this.reverse(id);
  }

  async operation(id: string): Promise<Operation> {
    return (await this.agent(0)).get<Operation>(`/api/operations/${id}`);
  }

  /** A transfer has the id of its operation. */
  async reverse(id: string): Promise<void> {
    const request = { type: 'reversal', transfer_id: id, reason: 'End of a test' };
    await this.carryOut((agent) => agent.post('/api/operations', request));
  }

  async #post({ id }: Operation, first: number): Promise<Operation> {
    for (let index = first; ; index += 1) {
      const operation = await (await this.agent(index)).post<Operation>(`/api/operations/${id}/approve`);
      if (operation.status === 'posted') return operation;
      if (operation.status !== 'approved') {
        const why = operation.refusal?.code ?? 'no refusal';
        throw new Error(`operation ${id} became ${operation.status} (${why})`);
      }
    }
  }

  /** By the first agent who may: one may have requested it, or have approved it as the first of two. */
  async #reject({ id }: Operation): Promise<void> {
    for (const index of this.#logins.keys()) {
      try {
        await (await this.agent(index)).post(`/api/operations/${id}/reject`, { reason: 'End of a test' });
        return;
      } catch {
        // The reason why it wasn't approved is the one to report.
      }
    }
  }
}

async function signIn(origin: string, login: Login): Promise<ApiClient> {
  const client = await ApiClient.signedIn(origin, login);
  const { scopes } = await client.get<{ scopes: string[] }>('/api/auth/users/validate-token');
  if (scopes.includes('operations:decide')) return client;
  const { secret } = await client.post<{ secret: string }>('/api/auth/totp', { password: login.password });
  await client.post('/api/auth/totp/confirm', { code: new TOTP({ secret }).generate() });
  await client.refresh();
  return client;
}

/** @throws Error unless `request` is refused with this code */
export async function expectRefusal(code: string, request: Promise<unknown>): Promise<void> {
  const refusal = await request.then(
    () => null,
    (error: unknown) => error,
  );
  if (refusal instanceof ApiRefusal && refusal.code === code) return;
  if (refusal instanceof Error) throw refusal;
  throw new Error(`a request should have been refused as ${code}`);
}
