import { createServer } from 'node:http';
import { readSettings } from '@guichet/config';
import { z } from 'zod';
import { mailerSettings } from '../config.ts';
import { previewPages } from './preview-pages.ts';

// Only `npm run dev` runs it; images do not contain this folder.
const settings = readSettings(
  {
    PREVIEW_PORT: z.coerce.number().int().min(1).max(65_535),
    PUBLIC_URL: mailerSettings.PUBLIC_URL,
    BANK_NAME: mailerSettings.BANK_NAME,
    BANK_TIME_ZONE: mailerSettings.BANK_TIME_ZONE,
  },
  process.env,
);
const show = previewPages({
  bank: { name: settings.BANK_NAME, publicUrl: settings.PUBLIC_URL },
  timeZone: settings.BANK_TIME_ZONE,
});
const server = createServer((request, response) => {
  const { status, html } = show(new URL(request.url ?? '/', 'http://localhost').pathname);
  response
    .writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' })
    .end(html);
});
server.listen(settings.PREVIEW_PORT, '127.0.0.1');
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
