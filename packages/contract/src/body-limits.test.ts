import test from 'ava';
import { BODY_BYTES_MAX, bodyBytesMax } from './index.ts';

test('only the routes in the list accept more than 16 KiB', (t) => {
  t.is(bodyBytesMax('POST', '/api/operations'), BODY_BYTES_MAX);
  t.is(bodyBytesMax('POST', '/api/operations/decisions'), 2_200_000);
  t.is(bodyBytesMax('POST', '/api/operations/decisions/'), 2_200_000);
  t.is(bodyBytesMax('PUT', '/api/operations/decisions'), BODY_BYTES_MAX);
});
