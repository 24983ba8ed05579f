/** Remembers the last mails that this process sent, so that a message which is delivered twice is not mailed twice. */
export interface SentMails {
  add(mailId: string, sequence: number): void;
  has(mailId: string, sequence: number): boolean;
}

/** A mail that a person puts back comes under another sequence of the stream, and is sent again. */
export function rememberSent(size = 10_000): SentMails {
  const sent = new Set<string>();
  return {
    add(mailId, sequence) {
      sent.add(`${mailId} ${sequence}`);
      const [oldest] = sent;
      if (sent.size > size && oldest !== undefined) sent.delete(oldest);
    },
    has: (mailId, sequence) => sent.has(`${mailId} ${sequence}`),
  };
}
