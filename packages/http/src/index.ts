export { open, peer, session, token } from './access.ts';
export { createApp, type Ready } from './app.ts';
export { isClientAbort } from './client-abort.ts';
export { readCursor, toCursor } from './cursor.ts';
export { listenHttp, listenMutualTls } from './listen.ts';

export { callTo, openPeer, type Peer, PeerUnreachableError } from './peer.ts';
export { type ProblemBody, problemBody } from './problem-reply.ts';
export { preferredLanguage, requestIdOf } from './read-request.ts';
export {
  accepted,
  created,
  noContent,
  ok,
  type Reply,
  streamed,
} from './reply.ts';
export { observeRequest } from './request-metrics.ts';
export { type Handling, type Route, route, XmlFile } from './route.ts';
export { isProbe, traceRequest } from './trace-request.ts';
