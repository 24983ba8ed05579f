import { join } from 'node:path';
import { openPeer } from '@guichet/http';
import type { BenchBank } from './bench-bank.ts';
import { memoryMibOf } from './resources.ts';

const EVERY_MS = 200;

/** An export of the whole log, and the resident memory of the service that wrote it. */
export interface ExportMeasured {
  format: string;
  lines: number;
  mib: number;
  seconds: number;
  memoryMib: { before: number; most: number; after: number };
}

/** Downloads the whole log in a format, as fast as the service writes it. */
export async function measureExport(
  { bank, folder, agents }: BenchBank,
  { format, pid }: { format: 'csv' | 'ndjson'; pid: number },
): Promise<ExportMeasured> {
  const peer = openPeer('logging', `https://127.0.0.1:${bank.settings.ports.logging}`, {
    TLS_DIRECTORY: join(folder, 'tls', 'frontend'),
  });
  const memoryMib = { before: memoryMibOf(pid), most: 0, after: 0 };
  const watch = setInterval(() => {
    memoryMib.most = Math.max(memoryMib.most, memoryMibOf(pid));
  }, EVERY_MS);
  const began = performance.now();
  try {
    const { statusCode, body } = await peer.dispatcher.request({
      origin: peer.origin,
      method: 'GET',
      path: `/api/logs/export?format=${format}`,
      headers: { authorization: `Bearer ${agents[0]?.token ?? ''}` },
    });
    if (statusCode !== 200) throw new Error(`the export answered ${statusCode}`);
    let [lines, bytes] = [0, 0];
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      for (const byte of chunk) if (byte === 10) lines += 1;
    }
    const seconds = (performance.now() - began) / 1_000;
    memoryMib.after = memoryMibOf(pid);
    return { format, lines, mib: Math.round(bytes / 1_048_576), seconds, memoryMib };
  } finally {
    clearInterval(watch);
    await peer.close();
  }
}
