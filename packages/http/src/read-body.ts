import type { IncomingMessage } from 'node:http';
import { problems } from '@guichet/errors';
import getRawBody from 'raw-body';
import { parseJson } from './parse-json.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true });
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024;

/**
 * The JSON body of a request, or undefined if it has none.
 * @throws Problem payload_too_large, unsupported_media_type, invalid_request
 */
export async function readJsonBody(request: IncomingMessage, limitBytes: number): Promise<unknown> {
  const bytes = await readTyped(request, limitBytes, isJson);
  return bytes === undefined ? undefined : parseJson(decode(bytes));
}

/**
 * The XML in the body of a request, as it was sent; empty if it has none.
 * @throws Problem payload_too_large, unsupported_media_type, invalid_request
 */
export async function readXmlBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return (await readTyped(request, limitBytes, isXml)) ?? Buffer.alloc(0);
}

/** The bytes of a body; undefined if it has none. */
async function readTyped(
  request: IncomingMessage,
  limitBytes: number,
  isOfType: (contentType: string | undefined) => boolean,
): Promise<Buffer | undefined> {
  const declaredBytes = Number(request.headers['content-length'] ?? 0);
  if (declaredBytes === 0 && request.headers['transfer-encoding'] === undefined) return undefined;
  if (declaredBytes > limitBytes) throw tooLarge(request, limitBytes);
  if (
    request.headers['content-encoding'] !== undefined &&
    request.headers['content-encoding'] !== 'identity'
  ) {
    throw problems.unsupported_media_type('Compressed bodies aren’t supported');
  }
  const hasType = isOfType(request.headers['content-type']);
  if (!hasType && declaredBytes > 0) throw problems.unsupported_media_type();
  const bytes = await readBytes(request, declaredBytes, limitBytes);
  if (bytes.length === 0) return undefined;
  // Only now: a body without a declared length may turn out to be empty, and an empty body needs no type.
  if (!hasType) throw problems.unsupported_media_type();
  return bytes;
}

function decode(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw problems.invalid_request('The body isn’t valid JSON in UTF-8');
  }
}

async function readBytes(
  request: IncomingMessage,
  declaredBytes: number,
  limitBytes: number,
): Promise<Buffer> {
  try {
    return await getRawBody(request, {
      limit: limitBytes,
      ...(declaredBytes > 0 ? { length: declaredBytes } : {}),
    });
  } catch (error) {
    if ((error as { type?: string }).type === 'entity.too.large') throw tooLarge(request, limitBytes);
    throw problems.invalid_request('The body is incomplete', { cause: error });
  }
}

// A client that is still sending reads no reply, and would lose it if we closed the connection: read the rest, up to a limit.
function tooLarge(request: IncomingMessage, limitBytes: number) {
  let discardedBytes = 0;
  request.on('data', (chunk: Buffer) => {
    discardedBytes += chunk.length;
    if (discardedBytes > MAX_DISCARDED_BYTES) request.destroy();
  });
  request.resume();
  // The connection may be destroyed before the client has sent everything: no other request may share it.
  return problems.payload_too_large(`This route accepts at most ${limitBytes} bytes`, {
    headers: { Connection: 'close' },
  });
}

function isJson(contentType: string | undefined): boolean {
  const type = contentType?.split(';')[0]?.trim().toLowerCase();
  return type === 'application/json' || (type?.startsWith('application/') === true && type.endsWith('+json'));
}

function isXml(contentType: string | undefined): boolean {
  const type = contentType?.split(';')[0]?.trim().toLowerCase();
  return type === 'application/xml' || type === 'text/xml';
}
