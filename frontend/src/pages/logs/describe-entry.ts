import type { LogEntry } from '@guichet/contract/logging';
import type { PageContext } from '../../request-context.ts';
import { currentUser } from '../page.ts';
import { findSentence, reasonOf } from './sentence.ts';
import { deviceOf, sentenceToReader } from './sentence-to-reader.ts';

/** An entry as its page and its download say it: to members as their own activity, to the staff with the name of the user who acted. */
export function describeEntry(ctx: PageContext, entry: LogEntry) {
  const { views, locale } = ctx.state;
  const { id, role } = currentUser(ctx);
  const device = deviceOf(views, locale, entry);
  return {
    sentence:
      role === 'member'
        ? sentenceToReader(views, locale, entry, id)
        : (findSentence(views, locale, entry) ?? entry.message),
    reason: reasonOf(entry),
    device,
    // Only together with a device: for a sign-in, the address is where it came from.
    ip: device !== null && typeof entry.data.ip === 'string' ? entry.data.ip : null,
    isNewDevice: entry.action === 'LOGIN' && entry.data.new_device === true,
  };
}
