import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Middleware } from 'koa';

/** The built files of frontend/public, kept in memory: there are a dozen, and they don't change while the process runs. */
export interface Assets {
  /** The address of a source name: 'app.css' → '/assets/app.4f2a91.css'. */
  href(name: string): string;
  serve: Middleware;
}

interface BuiltFile {
  type: string;
  plain: Buffer;
  encoded: { br?: Buffer; gzip?: Buffer };
}

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
  '.txt': 'text/plain; charset=utf-8',
};

/** Where `npm run build` puts what browsers load. */
export const PUBLIC_DIRECTORY = fileURLToPath(new URL('../../public', import.meta.url));

/** Whether browsers load a file from this address. */
export function isAsset(url: string): boolean {
  return url.startsWith('/assets/') || url === '/favicon.ico';
}

const A_YEAR = 'public, max-age=31536000, immutable';

/**
 * Loads the files that `npm run build` made.
 * @throws Error if it has not run
 */
export function loadAssets(publicDirectory: string): Assets {
  const manifest = readManifest(publicDirectory);
  const files = new Map<string, BuiltFile>();
  for (const file of readdirSync(publicDirectory)) {
    const type = TYPES[extname(file)];
    if (type === undefined) continue;
    const read = (suffix: string): Buffer | undefined => readIfThere(join(publicDirectory, file + suffix));
    const br = read('.br');
    const gzip = read('.gz');
    files.set(`/assets/${file}`, {
      type,
      plain: readFileSync(join(publicDirectory, file)),
      encoded: { ...(br && { br }), ...(gzip && { gzip }) },
    });
  }

  return {
    href(name) {
      const built = manifest[name];
      if (built === undefined) throw new Error(`${name} is not among the built assets`);
      return `/assets/${built}`;
    },
    serve: async (ctx, next) => {
      // Browsers request this one by its fixed name.
      const path = ctx.path === '/favicon.ico' ? `/assets/${manifest['favicon.svg']}` : ctx.path;
      const file = files.get(path);
      if (file === undefined || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next();
      // The name contains the content's hash, so it also serves as the ETag.
      ctx.set('ETag', `"${path.slice('/assets/'.length)}"`);
      ctx.set('Cache-Control', A_YEAR);
      ctx.set('X-Content-Type-Options', 'nosniff');
      ctx.vary('Accept-Encoding');
      ctx.status = 200;
      if (ctx.fresh) {
        ctx.status = 304;
        return;
      }
      const accepted = ctx.get('accept-encoding');
      const encoding = (['br', 'gzip'] as const).find(
        (name) => file.encoded[name] && accepted.includes(name),
      );
      if (encoding !== undefined) ctx.set('Content-Encoding', encoding);
      ctx.type = file.type;
      ctx.body = encoding === undefined ? file.plain : file.encoded[encoding];
    },
  };
}

function readManifest(directory: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'));
  } catch (error) {
    throw new Error('The assets are not built: run `npm run build -w frontend`', { cause: error });
  }
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
