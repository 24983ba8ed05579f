export { type Access, open, peer, session, token } from './access.ts';
export { createApp, type Ready } from './app.ts';
export { isClientAbort } from './client-abort.ts';
export { createHealth, type Health, listenAdmin } from './health.ts';
export { type Lifecycle, runService } from './lifecycle.ts';
export { type Listening, listenHttp, listenMutualTls } from './listen.ts';
export { DURATION_BUCKETS, defaultRegistry, type Measured, metrics, observeRequest } from './metrics.ts';
export { describeRoutes } from './openapi.ts';
export { openPeer, type Peer, type PeerReply, PeerUnreachableError } from './peer.ts';
export { accepted, created, noContent, ok, type Reply, streamed } from './reply.ts';
export { type Handling, type Route, route } from './route.ts';
export {
  bareDate,
  cursorSchema,
  Id,
  idempotencyKeySchema,
  listOf,
  paging,
  queryInteger,
  readCursor,
  toCursor,
} from './schemas.ts';
export { connectTo, readTls, type TlsFiles } from './tls.ts';
