import type { Spread } from './bare-client.ts';
import type { Call } from './closed-loop.ts';
import { HttpConnection, type HttpReply, requestText } from './http-connection.ts';

/** `repeat` sends one of the given requests repeatedly on each connection; `guess` signs in with wrong passwords. */
const HTTP_CASES = ['c', 'ck', 'd', 'e', 'f', 'h', 'repeat', 'guess'] as const;
export type HttpCase = (typeof HTTP_CASES)[number];

/** Decisions in a bulk request, unless a step says otherwise. */
export const DECISIONS_PER_CALL = 100;

/** The users of the HTTP cases, and their accounts. The first account is the hot one. */
export interface HttpUsers {
  agentTokens: readonly string[];
  members: readonly { token: string; accountIds: readonly string[]; ibans: readonly string[] }[];
  ibans: readonly string[];
}

export interface HttpTarget {
  name: string;
  /** Of each process; the connections take them in turns. */
  ports: readonly number[];
  /** Null for a process that serves plain HTTP. */
  tlsFolder: string | null;
}

interface Work {
  users: HttpUsers;
  spread: Spread;
  /** Operations that wait for a decision. */
  operationIds: string[];
  /** The requests of `repeat`. */
  requests?: readonly string[] | undefined;
  batch: number;
}

/** The calls of clients of the accounts service, each with its own connection. */
export async function openHttpCalls(
  name: HttpCase,
  target: HttpTarget,
  connections: number,
  work: Work,
): Promise<{ calls: Call[]; close(): Promise<void> }> {
  const opened = await Promise.all(
    Array.from({ length: connections }, (_, index) =>
      HttpConnection.open({ ...target, port: target.ports[index % target.ports.length] ?? 0 }),
    ),
  );
  return {
    calls: opened.map((connection, index) => CALLS[name](connection, index, work)),
    close: async () => {
      for (const connection of opened) connection.close();
    },
  };
}

const CALLS: Readonly<Record<HttpCase, (connection: HttpConnection, index: number, work: Work) => Call>> = {
  c: (connection, index, work) => approving(connection, index, work, () => ''),
  ck: (connection, index, work) => approving(connection, index, work, (id) => `Idempotency-Key: ${id}\r\n`),
  d: (connection, index, work) => async () => {
    const reply = await connection.send(transferRequest(index, work));
    return reply.status === 201 ? 1 : refusal(reply);
  },
  e: (connection, index, work) => async () => {
    const requested = await connection.send(transferRequest(index, work));
    if (requested.status !== 201) return refusal(requested);
    const id = /"id":"([^"]+)"/.exec(requested.body)?.[1] ?? '';
    const decided = await connection.send(approval(id, index, work, ''));
    return decided.status === 200 ? 1 : refusal(decided);
  },
  h: (connection) => async () => {
    const reply = await connection.send(requestText('GET', '/readyz', null));
    return reply.status === 200 ? 1 : refusal(reply);
  },
  repeat:
    (connection, index, { requests = [] }) =>
    async () => {
      const reply = await connection.send(requests[index % requests.length] ?? '');
      return reply.status === 200 ? 1 : refusal(reply);
    },
  // Each with a different name and network address, like a flood from many machines, so that no lockout applies and every password is hashed.
  guess: (connection, index) => {
    let guesses = 0;
    return async () => {
      guesses += 1;
      const login = { username: `unknown-${index}-${guesses}`, password: 'a wrong password' };
      const address = `X-Forwarded-For: 10.0.0.${index}\r\n`;
      const reply = await connection.send(
        requestText('POST', '/api/auth/login', null, JSON.stringify(login), address),
      );
      return reply.status === 401 ? 1 : refusal(reply);
    };
  },
  f: (connection, index, work) => async () => {
    const ids = work.operationIds.splice(-work.batch);
    if (ids.length === 0) return null;
    const items = ids.map((id) => ({ id, decision: 'approve' }));
    const token = agentToken(index, work);
    const reply = await connection.send(
      requestText('POST', '/api/operations/decisions', token, JSON.stringify({ items })),
    );
    const posted = reply.body.split('"status":"posted"').length - 1;
    return posted === ids.length ? posted : refusal(reply);
  },
};

function approving(
  connection: HttpConnection,
  index: number,
  work: Work,
  headers: (id: string) => string,
): Call {
  return async () => {
    const id = work.operationIds.pop();
    if (id === undefined) return null;
    const reply = await connection.send(approval(id, index, work, headers(id)));
    return reply.status === 200 ? 1 : refusal(reply);
  };
}

function approval(id: string, index: number, work: Work, headers: string): string {
  return requestText('POST', `/api/operations/${id}/approve`, agentToken(index, work), null, headers);
}

function agentToken(index: number, { users }: Work): string {
  return users.agentTokens[index % users.agentTokens.length] ?? '';
}

/** A transfer to a random account; with `hot`, all transfers are from the hot account, so that requests compete for its lock. */
function transferRequest(index: number, { users, spread }: Work): string {
  const member = users.members[spread === 'hot' ? 0 : index % users.members.length];
  if (member === undefined) throw new Error('the bench has no members');
  const from = spread === 'hot' ? 0 : Math.floor(Math.random() * member.accountIds.length);
  // The first IBAN is that of the hot account, which cannot pay itself.
  let to = 1 + Math.floor(Math.random() * (users.ibans.length - 1));
  if (users.ibans[to] === member.ibans[from]) to = 1 + (to % (users.ibans.length - 1));
  const body = {
    type: 'external_transfer',
    from_account_id: member.accountIds[from],
    to: { name: 'Some payee', iban: users.ibans[to] },
    amount: 1 + Math.floor(Math.random() * 100),
    reference: 'Invoice 2026-10',
  };
  return requestText('POST', '/api/operations', member.token, JSON.stringify(body));
}

function refusal({ status, body }: HttpReply): { refusal: string } {
  return { refusal: `${status} ${body.slice(0, 300)}` };
}
