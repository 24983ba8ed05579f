import { join } from 'node:path';
import { openPeer, type Peer } from '@guichet/http';
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

/** Verifies the whole chain of the log in the service. @throws Error if it's broken */
export async function measureVerification(bench: BenchBank): Promise<{ checked: number; seconds: number }> {
  const peer = openLogging(bench);
  const began = performance.now();
  try {
    const { status, body } = await peer.request({
      method: 'GET',
      path: '/api/logs/verify',
      headers: authorization(bench),
      timeoutMs: 20 * 60_000,
    });
    const { ok, checked } = body as { ok?: boolean; checked: number };
    if (status !== 200 || ok !== true) throw new Error(`the log doesn't verify: ${JSON.stringify(body)}`);
    return { checked, seconds: (performance.now() - began) / 1_000 };
  } finally {
    await peer.close();
  }
}

function openLogging({ bank, folder }: BenchBank): Peer {
  return openPeer('logging', `https://127.0.0.1:${bank.settings.ports.logging}`, {
    TLS_DIRECTORY: join(folder, 'tls', 'frontend'),
  });
}

function authorization({ agents }: BenchBank): { authorization: string } {
  return { authorization: `Bearer ${agents[0]?.token ?? ''}` };
}

/** Downloads the whole log in a format, as fast as the service writes it. */
export async function measureExport(
  bench: BenchBank,
  { format, pid }: { format: 'csv' | 'ndjson'; pid: number },
): Promise<ExportMeasured> {
  const peer = openLogging(bench);
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
      headers: authorization(bench),
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
