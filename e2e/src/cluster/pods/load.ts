import { setTimeout as sleep } from 'node:timers/promises';

// Runs in a pod of the jobs image and uses only built-in modules. Sends a fixed number of typical requests per second and never retries.
// Prints the results as one line of JSON per second. After SIGTERM it waits for the last reply and ends.
const { ORIGIN = '', RATE = '50', ACCOUNT = '' } = process.env;
const LOGINS = {
  member: { username: process.env.MEMBER ?? '', password: process.env.MEMBER_PASSWORD ?? '' },
  agent: { username: process.env.AGENT ?? '', password: process.env.AGENT_PASSWORD ?? '' },
};
const TOKEN_FOR_MS = 4 * 60_000;
const DEPOSIT_MINOR = 100;
const TIMEOUT_MS = 10_000;

type Who = keyof typeof LOGINS;

interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a reply of the bank
  body: any;
}

const tokens: Record<Who, string> = { member: '', agent: '' };
let second = blank();
let underWay = 0;
let stopping = false;
process.on('SIGTERM', () => {
  stopping = true;
});

function blank() {
  return {
    sent: 0,
    answered: 0,
    failed: {} as Record<string, number>,
    posted: 0,
    unknown: 0,
    slowest_ms: 0,
    durations_ms: [] as number[],
  };
}

/** Sends one request once. Everything requested is allowed, so a reply that is not 2xx or 3xx is a failure. */
async function send(
  who: Who | null,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<Answer | null> {
  const began = performance.now();
  const what = `${method} ${path.replace(/[0-9a-f-]{36}/g, '…').split('?')[0]}`;
  second.sent += 1;
  underWay += 1;
  try {
    const reply = await fetch(ORIGIN + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(who === null ? {} : { authorization: `Bearer ${tokens[who]}` }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await reply.text();
    const isJson = reply.headers.get('content-type')?.includes('json');
    const answer = { status: reply.status, body: isJson ? JSON.parse(text) : null };
    if (answer.status >= 400) count(`${answer.status} ${answer.body?.code ?? ''} ${what}`);
    return answer;
  } catch (error) {
    const { message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
    count(`${cause?.code ?? message} ${what}`);
    return null;
  } finally {
    const took = performance.now() - began;
    second.durations_ms.push(Math.round(took));
    second.answered += 1;
    underWay -= 1;
  }
}

function count(failure: string): void {
  second.failed[failure] = (second.failed[failure] ?? 0) + 1;
}

async function logIn(who: Who): Promise<boolean> {
  const answer = await send(null, 'POST', '/api/auth/login', LOGINS[who]);
  if (answer?.status !== 200) return false;
  tokens[who] = answer.body.access_token;
  return true;
}

/** Two requests: the member requests a deposit, the agent approves it. */
async function deposit(): Promise<void> {
  const asked = await send('member', 'POST', '/api/operations', {
    type: 'deposit',
    account_id: ACCOUNT,
    amount: DEPOSIT_MINOR,
  });
  if (asked?.status !== 201) return;
  const decided = await send('agent', 'POST', `/api/operations/${asked.body.id}/approve`);
  if (decided?.status === 200 && decided.body.status === 'posted') second.posted += 1;
  // It may have been posted although the reply was lost.
  else second.unknown += 1;
}

const get = (who: Who, path: string) => () => send(who, 'GET', path);
/** The mix of 50 requests; a deposit counts as two. */
const MIX: readonly [number, number, () => Promise<unknown>][] = [
  [14, 1, get('member', `/api/accounts/${ACCOUNT}`)],
  [8, 1, get('member', `/api/accounts/${ACCOUNT}/transactions?limit=10`)],
  [4, 1, get('agent', '/api/operations?limit=10')],
  [2, 1, get('member', '/api/logs?limit=10')],
  [5, 1, get('member', '/api/auth/profile')],
  [3, 1, get('member', '/api/auth/users/validate-token')],
  [2, 1, () => send(null, 'GET', '/login')],
  [6, 2, deposit],
];
const TURNS = MIX.flatMap(([times, costs, run]) =>
  Array.from({ length: times }, (_, index) => ({ at: (index + 0.5) / times, costs, run })),
).sort((one, other) => one.at - other.at);

function report(): void {
  const { durations_ms, ...counts } = second;
  second = blank();
  const sorted = durations_ms.sort((one, other) => one - other);
  const slowest_ms = sorted.at(-1) ?? 0;
  process.stdout.write(
    `${JSON.stringify({ ...counts, slowest_ms, durations_ms: sorted, at: Date.now() })}\n`,
  );
}

while (!((await logIn('member')) && (await logIn('agent')))) await sleep(200);
second = blank();
let loggedInAt = Date.now();
const reporting = setInterval(report, 1_000);
let due = performance.now();
for (let turn = 0; !stopping; turn = (turn + 1) % TURNS.length) {
  const { costs, run } = TURNS[turn] as (typeof TURNS)[number];
  void run();
  if (Date.now() - loggedInAt > TOKEN_FOR_MS) {
    loggedInAt = Date.now();
    void Promise.all([logIn('member'), logIn('agent')]);
  }
  due += (1_000 / Number(RATE)) * costs;
  const wait = due - performance.now();
  if (wait > 1) await sleep(wait);
}
while (underWay > 0) await sleep(20);
clearInterval(reporting);
report();
process.stdout.write(`${JSON.stringify({ end: true })}\n`);
process.exit(0);
