import { MAIL_TEMPLATES } from '@guichet/contract/events';
import { metrics } from '@guichet/metrics';

const mails = {
  sent: metrics.counter({
    name: 'guichet_mails_sent_total',
    help: 'Mails accepted by the mail server.',
    labelNames: ['template'],
  }),
  withheld: metrics.counter({
    name: 'guichet_mails_withheld_total',
    help: 'Mails that were not sent, because their reader refuses such mails or no longer gets them.',
    labelNames: ['template'],
  }),
  retried: metrics.counter({
    name: 'guichet_mails_retried_total',
    help: 'Failed attempts that will be retried.',
    labelNames: ['template'],
  }),
  'dead lettered': metrics.counter({
    name: 'guichet_mails_dead_lettered_total',
    help: 'Mails that became dead letters.',
    labelNames: ['template'],
  }),
};
for (const counter of Object.values(mails)) {
  for (const template of [...Object.keys(MAIL_TEMPLATES), 'unknown']) counter.inc({ template }, 0);
}

/** Counts the outcome of a mail; a `template` that is not the bank's counts as unknown. */
export function observeMail(outcome: keyof typeof mails, template: string): void {
  mails[outcome].inc({ template: Object.hasOwn(MAIL_TEMPLATES, template) ? template : 'unknown' });
}

/** Registers what is measured at each scrape. */
export function watchMail(state: { deadLetters: () => Promise<number>; flowing: () => boolean }): void {
  metrics.gauge(
    {
      name: 'guichet_mail_dead_letters',
      help: 'Mail dead letters that have not been sent again or discarded yet. The same on every replica: take the maximum.',
    },
    state.deadLetters,
  );
  metrics.gauge(
    { name: 'guichet_smtp_up', help: '1 while the mail server accepts mail, 0 while it is unavailable.' },
    () => Number(state.flowing()),
  );
}
