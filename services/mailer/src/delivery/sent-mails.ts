/** Remembers the last mails that this process sent, so that a message that is delivered twice is sent only once. */
export interface SentMails {
  add(mailId: string, sequence: number): void;
  has(mailId: string, sequence: number): boolean;
}

/** A mail that an operator resends has a new stream sequence, so it is sent again. */
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
