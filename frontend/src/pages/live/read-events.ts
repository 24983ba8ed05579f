import { linesOf } from '../lines-of.ts';

/** An entry of the log's stream: its sequence and its JSON. Without data it only says how far the log was read. */
export interface StreamedEntry {
  id: string;
  data: string;
}

/** Reads Server-Sent Events whose data is on one line, as logging sends them. An event that is cut off is ignored. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamedEntry> {
  let id: string | undefined;
  let data = '';
  for await (const line of linesOf(body)) {
    if (line === '') {
      if (id !== undefined) yield { id, data };
      id = undefined;
      data = '';
    }
    id = /^id: (\d+)$/.exec(line)?.[1] ?? id;
    data = /^data: (.*)$/.exec(line)?.[1] ?? data;
  }
}
