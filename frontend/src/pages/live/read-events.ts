/** An entry of the log's stream: its sequence and its JSON. Without data it only says how far the log was read. */
export interface StreamedEntry {
  id: string;
  data: string;
}

/** Reads Server-Sent Events whose data is on one line, as logging sends them. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamedEntry> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const id = /^id: (\d+)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (id !== undefined) yield { id, data: data ?? '' };
    }
  }
}
