import test from 'ava';
import { Problem, problems, refusals } from './index.ts';

const refuse = refusals({
  insufficient_funds: [409, 'Insufficient funds'],
  same_account: [422, 'Both accounts are the same'],
});

test('a refusal is created by its name and has its status, code and title', (t) => {
  const problem = refuse.insufficient_funds('5.00 are missing');
  t.true(problem instanceof Problem && problem instanceof Error);
  t.like(problem, { status: 409, code: 'insufficient_funds', title: 'Insufficient funds' });
  t.is(problem.detail, '5.00 are missing');
  t.is(refuse.same_account().detail, null);
});

test('the status, code and title of a refusal can be read without creating it, for documents and tests', (t) => {
  const { status, code, title } = refuse.same_account;
  t.deepEqual(
    { status, code, title },
    { status: 422, code: 'same_account', title: 'Both accounts are the same' },
  );
});

test('an internal text is in the message and in nothing that a client sees', (t) => {
  const cause = new Error('access denied for root@db');
  const problem = refuse.insufficient_funds(undefined, { internal: 'account 42 is locked by node b', cause });
  t.is(problem.message, 'account 42 is locked by node b');
  t.is(problem.cause, cause);
  const { status, code, title, detail, errors, headers } = problem;
  t.notRegex(JSON.stringify({ status, code, title, detail, errors, headers }), /node b|root@db/);
});

test('without an internal text the message contains the client’s text', (t) => {
  t.is(refuse.same_account('a and a').message, 'same_account: a and a');
  t.is(refuse.same_account().message, 'same_account: Both accounts are the same');
});

test('a refusal has its headers and the invalid fields', (t) => {
  const errors = [{ path: 'items.0.id', message: 'must be a UUID' }];
  const problem = problems.too_many_requests('slowly', { headers: { 'Retry-After': '30' }, errors });
  t.deepEqual(problem.headers, { 'Retry-After': '30' });
  t.deepEqual(problem.errors, errors);
  t.is(problem.status, 429);
});

test('the statuses of the shared refusals are those of the contract', (t) => {
  const statuses = Object.fromEntries(Object.values(problems).map(({ code, status }) => [code, status]));
  t.deepEqual(statuses, {
    invalid_request: 400,
    unauthenticated: 401,
    forbidden: 403,
    insufficient_scope: 403,
    not_found: 404,
    method_not_allowed: 405,
    request_timeout: 408,
    payload_too_large: 413,
    unsupported_media_type: 415,
    too_many_requests: 429,
    internal_error: 500,
    unavailable: 503,
  });
});
