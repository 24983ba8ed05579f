const CODES = ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'ECONNABORTED', 'ECANCELED', 'EPIPE'];

/** Whether an error only means that the client disconnected, or that its request was cut off. */
export function isClientAbort(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  // HPE_…: codes of the HTTP parser, such as HPE_INVALID_EOF_STATE for a request that ended halfway.
  return typeof code === 'string' && (CODES.includes(code) || code.startsWith('HPE_'));
}
