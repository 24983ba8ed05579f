import { Busboy } from '@fastify/busboy';
import { problems } from '@guichet/errors';

/** The fields of a form, and the file that was sent with it; null if none was chosen. */
export interface Upload {
  fields: URLSearchParams;
  file: Buffer | null;
}

const FIELDS_MAX = 20;

/** Reads a form with one file (RFC 7578). @throws Problem invalid_request */
export function readUpload(body: Buffer, contentType: string): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) =>
      reject(problems.invalid_request('The body must be a form with one file', { cause }));
    const fields = new URLSearchParams();
    const chunks: Buffer[] = [];
    let form: InstanceType<typeof Busboy>;
    try {
      const limits = { fields: FIELDS_MAX, files: 1, parts: FIELDS_MAX + 1, fieldSize: 8_192 };
      form = new Busboy({ headers: { 'content-type': contentType }, limits });
    } catch (error) {
      return fail(error);
    }
    form.on('field', (name: string, value: string) => fields.append(name, value));
    form.on('file', (_name: string, stream: NodeJS.ReadableStream) => {
      stream.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', fail);
    });
    form.on('error', fail);
    form.on('finish', () => {
      const file = Buffer.concat(chunks);
      resolve({ fields, file: file.length === 0 ? null : file });
    });
    form.end(body);
  });
}
