import type { Spread } from './bare-client.ts';
import type { Call } from './closed-loop.ts';
import { HttpConnection, type HttpReply, requestText } from './http-connection.ts';

/** `repeat` sends one request again and again; `guess` signs in with wrong passwords. */
const HTTP_CASES = ['c', 'ck', 'd', 'e', 'f', 'h', 'repeat', 'guess'] as const;
export type HttpCase = (typeof HTTP_CASES)[number];

const DECISIONS_A_CALL = 100;

/** Who asks and decides over HTTP, and between which accounts. The first account is the hot one. */
export interface HttpPeople {
  agentTokens: readonly string[];
  members: readonly { token: string; accountIds: readonly string[]; ibans: readonly string[] }[];
  ibans: readonly string[];
}

export interface HttpTarget {
  name: string;
  port: number;
  tlsFolder: string;
}

interface Work {
  people: HttpPeople;
  spread: Spread;
  /** Operations that wait for a decision. */
  operationIds: string[];
  /** What `repeat` sends. */
  request?: string | undefined;
}

/** The calls of `count` clients of the accounts service, each with a connection of its own. */
export async function openHttpCalls(
  name: HttpCase,
  target: HttpTarget,
  connections: number,
  work: Work,
): Promise<{ calls: Call[]; close(): Promise<void> }> {
  const opened = await Promise.all(Array.from({ length: connections }, () => HttpConnection.open(target)));
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
    const reply = await connection.ask(transferRequest(index, work));
    return reply.status === 201 ? 1 : refusal(reply);
  },
  e: (connection, index, work) => async () => {
    const asked = await connection.ask(transferRequest(index, work));
    if (asked.status !== 201) return refusal(asked);
    const id = /"id":"([^"]+)"/.exec(asked.body)?.[1] ?? '';
    const decided = await connection.ask(approval(id, index, work, ''));
    return decided.status === 200 ? 1 : refusal(decided);
  },
  h: (connection) => async () => {
    const reply = await connection.ask(requestText('GET', '/readyz', null));
    return reply.status === 200 ? 1 : refusal(reply);
  },
  repeat:
    (connection, _, { request = '' }) =>
    async () => {
      const reply = await connection.ask(request);
      return reply.status === 200 ? 1 : refusal(reply);
    },
  // Each with another name and network address, like a flood from many machines: no name is locked, and every password is hashed.
  guess: (connection, index) => {
    let guesses = 0;
    return async () => {
      guesses += 1;
      const login = { username: `nobody-${index}-${guesses}`, password: 'a wrong password' };
      const address = `X-Forwarded-For: 10.${index}.${guesses >> 8}.${guesses & 255}\r\n`;
      const reply = await connection.ask(
        requestText('POST', '/api/auth/login', null, JSON.stringify(login), address),
      );
      return reply.status === 401 ? 1 : refusal(reply);
    };
  },
  f: (connection, index, work) => async () => {
    const ids = work.operationIds.splice(-DECISIONS_A_CALL);
    if (ids.length === 0) return null;
    const items = ids.map((id) => ({ id, decision: 'approve' }));
    const token = agentToken(index, work);
    const reply = await connection.ask(
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
    const reply = await connection.ask(approval(id, index, work, headers(id)));
    return reply.status === 200 ? 1 : refusal(reply);
  };
}

function approval(id: string, index: number, work: Work, headers: string): string {
  return requestText('POST', `/api/operations/${id}/approve`, agentToken(index, work), null, headers);
}

function agentToken(index: number, { people }: Work): string {
  return people.agentTokens[index % people.agentTokens.length] ?? '';
}

/** A transfer to any account of the bank; a hot one takes from the hot account, where asking meets its lock. */
function transferRequest(index: number, { people, spread }: Work): string {
  const member = people.members[spread === 'hot' ? 0 : index % people.members.length];
  if (member === undefined) throw new Error('the bench has no members');
  const from = spread === 'hot' ? 0 : Math.floor(Math.random() * member.accountIds.length);
  // The first IBAN is the hot account's own, and nobody pays into the account that pays.
  let to = 1 + Math.floor(Math.random() * (people.ibans.length - 1));
  if (people.ibans[to] === member.ibans[from]) to = 1 + (to % (people.ibans.length - 1));
  const body = {
    type: 'external_transfer',
    from_account_id: member.accountIds[from],
    to: { name: 'Somebody', iban: people.ibans[to] },
    amount: 1 + Math.floor(Math.random() * 100),
    reference: 'Invoice 2026-10',
  };
  return requestText('POST', '/api/operations', member.token, JSON.stringify(body));
}

function refusal({ status, body }: HttpReply): { refusal: string } {
  return { refusal: `${status} ${body.slice(0, 300)}` };
}
