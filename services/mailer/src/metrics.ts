import { metrics } from '@guichet/http';

const mails = {
  sent: metrics.counter({
    name: 'mailer_sent_total',
    help: 'Mails that the mail server accepted.',
    labelNames: ['template'],
  }),
  retried: metrics.counter({
    name: 'mailer_retried_total',
    help: 'Attempts that failed and will be made again.',
    labelNames: ['template'],
  }),
  'set aside': metrics.counter({
    name: 'mailer_set_aside_total',
    help: 'Mails that were set aside for a person to look at.',
    labelNames: ['template'],
  }),
};

/** Counts what became of a mail; `template` is one of the bank's, or counted as unknown. */
export function observeMail(outcome: keyof typeof mails, template: string): void {
  mails[outcome].inc({ template: /^[a-z_]{1,40}$/.test(template) ? template : 'unknown' });
}

/** Registers what is asked at each scrape. */
export function observeState(state: {
  waiting: () => Promise<number>;
  aside: () => Promise<number>;
  flowing: () => boolean;
}): void {
  metrics.gauge({ name: 'mailer_waiting_mails', help: 'Mails that are not sent yet.' }, state.waiting);
  metrics.gauge({ name: 'mailer_aside_mails', help: 'Mails set aside and not put back yet.' }, state.aside);
  metrics.gauge(
    { name: 'mailer_smtp_up', help: '1 while the mail server takes mail, 0 while it is away.' },
    () => Number(state.flowing()),
  );
}
