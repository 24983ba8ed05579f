import type { IncomingMessage } from 'node:http';
import { problems } from '@guichet/errors';
import getRawBody from 'raw-body';

export const MAX_BODY_BYTES = 1024 * 1024;

/**
 * The JSON body of a request, or undefined where it has none.
 * @throws Problem payload_too_large, unsupported_media_type, invalid_request
 */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const declaredBytes = Number(request.headers['content-length'] ?? 0);
  if (declaredBytes === 0 && request.headers['transfer-encoding'] === undefined) return undefined;
  if (declaredBytes > MAX_BODY_BYTES) throw tooLarge();
  if (request.headers['content-encoding'] !== undefined && request.headers['content-encoding'] !== 'identity') {
    throw problems.unsupported_media_type('The body must not be compressed');
  }
  if (!isJson(request.headers['content-type'])) throw problems.unsupported_media_type();
  const bytes = await readBytes(request, declaredBytes);
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw problems.invalid_request('The body is not JSON in UTF-8');
  }
}

async function readBytes(request: IncomingMessage, declaredBytes: number): Promise<Buffer> {
  try {
    return await getRawBody(request, {
      limit: MAX_BODY_BYTES,
      ...(declaredBytes > 0 ? { length: declaredBytes } : {}),
    });
  } catch (error) {
    if ((error as { type?: string }).type === 'entity.too.large') throw tooLarge();
    throw problems.invalid_request('The body did not arrive whole', { cause: error });
  }
}

// What is still to come of a body too large is not read: the connection ends with the reply.
function tooLarge() {
  return problems.payload_too_large(`At most ${MAX_BODY_BYTES} bytes are taken`, { headers: { Connection: 'close' } });
}

function isJson(contentType: string | undefined): boolean {
  const type = contentType?.split(';')[0]?.trim().toLowerCase();
  return type === 'application/json' || (type?.startsWith('application/') === true && type.endsWith('+json'));
}
