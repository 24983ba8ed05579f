import { partsOfDevice } from '@guichet/contract';
import type { LogEntry } from '@guichet/contract/logging';
import type { Locale } from '../../i18n.ts';
import type { Views } from '../../rendering/views.ts';
import { nameOf, sayFirst } from './sentence.ts';

/** What happened, said to the user who did it or whom it concerns: "You requested a transfer of €120.00". */
export function sentenceToReader(views: Views, locale: Locale, entry: LogEntry, readerId: string): string {
  const { action, level, data } = entry;
  const device = deviceOf(views, locale, entry);
  const isByReader = entry.actor?.id === readerId;
  const isReceived =
    !isByReader &&
    data.status === 'posted' &&
    (entry.actor?.role === 'member' || data.type === 'incoming_payment');
  const groups = isByReader ? ['to_you.you', 'to_you.others'] : ['to_you.others'];
  const actions = [
    ...(device === null ? [] : [`${action}_FROM`]),
    ...(isCode(data.reason) ? [`${action}_${data.reason}`] : []),
    `${action}_${level}`,
    action,
  ];
  const sentence = sayFirst(
    views,
    locale,
    entry,
    {
      operation: (status) => [
        ...(isByReader ? [`to_you.you.operation.${status === 'made' ? 'posted' : status}`] : []),
        ...(!isByReader && ['made', 'credited'].includes(status) ? ['to_you.others.received'] : []),
        `sentences.operation.${status}`,
      ],
      what: (kind) => [
        ...(isReceived ? [`to_you.received.${kind}`] : []),
        `to_you.what.${kind}`,
        `sentences.what.${kind}`,
      ],
      action: [
        ...groups.flatMap((group) => actions.map((name) => `${group}.${name}`)),
        `sentences.${action}`,
      ],
    },
    { device: device ?? '' },
  );
  return sentence ?? nameOf(views, locale, entry);
}

/** The browser and the device that an entry names: "Firefox on Linux"; null if it names none. */
export function deviceOf(views: Views, locale: Locale, { data }: LogEntry): string | null {
  const parts = partsOfDevice(typeof data.user_agent === 'string' ? data.user_agent : null);
  const [browser, system] = parts ?? [];
  if (browser === undefined) return null;
  return system === undefined ? browser : views.t(locale, 'to_you.device', browser, { browser, system });
}

/** An agent's reason is in their own words; a service's is a code. */
const isCode = (reason: unknown): reason is string => typeof reason === 'string' && /^[a-z_]+$/.test(reason);
