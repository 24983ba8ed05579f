const CODES = ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'ECONNABORTED', 'ECANCELED', 'EPIPE'];

/** Whether an error on a connection only says that the client disconnected, or what it sent was cut short. */
export function isClientAbort(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  // HPE_…: the HTTP parser's codes, HPE_INVALID_EOF_STATE above all, for a request that ended in its middle.
  return typeof code === 'string' && (CODES.includes(code) || code.startsWith('HPE_'));
}
