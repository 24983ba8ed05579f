import { type Broker, storedMessage } from '@guichet/events';
import { MailRecord, type StoredRecord } from './mail-record.ts';

/** The record of each mail, in a stream that survives a crash of the mailer and of NATS. */
export interface MailRecords {
  find(mailId: string): Promise<StoredRecord | null>;
  /**
   * Stores the next record of a mail.
   * @param after the sequence of the record that it replaces, or 0
   * @throws SubjectChangedError if another process replaced that one first
   * @throws Error if there is no answer in time: it may be stored
   */
  write(mailId: string, record: MailRecord, after: number): Promise<StoredRecord>;
}

/** Reads from the stream's leader, and writes only after the record that was read: of several processes, one succeeds. */
export function mailRecords(broker: Broker): MailRecords {
  return {
    async find(mailId) {
      const { manager } = await broker.whenReady();
      const last = await storedMessage(manager, 'MAIL_RECORDS', { last_by_subj: subjectOf(mailId) });
      if (last === null) return null;
      const { data } = broker.open({
        id: last.header.get('Nats-Msg-Id'),
        subject: last.subject,
        data: last.data,
      });
      const record = MailRecord.parse(JSON.parse(Buffer.from(data).toString('utf8')));
      return { ...record, sequence: last.seq };
    },
    async write(mailId, record, after) {
      const sequence = await broker.publish({
        id: `${mailId}.${record.state}.${record.claim}.${after}`,
        subject: subjectOf(mailId),
        payload: Buffer.from(JSON.stringify(record)),
        after,
      });
      return { ...record, sequence };
    },
  };
}

/** A dot separates the words of a subject, and a mail's id may have any number of them. */
function subjectOf(mailId: string): string {
  return `mailing.${mailId.replaceAll('.', '~')}`;
}
