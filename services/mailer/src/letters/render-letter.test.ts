import { LANGUAGES } from '@guichet/contract';
import {
  FreeText,
  MAIL_TEMPLATES,
  type MailTemplate,
  optionalKindOf,
  Reason,
} from '@guichet/contract/events';
import { frenchTypographyFaults } from '@guichet/testing';
import test from 'ava';
import { z } from 'zod';
import { LETTERS } from '../fixtures.ts';
import { renderLetter } from './render-letter.ts';

const link = 'https://bank.example/recover?token=a&b=c';
const at = '2026-07-01T22:30:00.000Z';
const decided = {
  operation_id: '019c',
  type: 'external_transfer',
  status: 'posted',
  amount: 123456,
  currency: 'EUR',
};
/** Data that services send, and the minimum that they may send. */
const samples: Record<MailTemplate, Record<string, unknown>[]> = {
  registered: (['agent', 'link', 'nothing'] as const).map((awaits) => ({ link, awaits })),
  activated: [{}],
  rejected: [{ reason: 'No papers' }, { reason: null }, {}],
  deactivated: [{ reason: 'Too quiet' }, {}],
  deleted: [{}],
  new_device: [
    { at, ip: '192.0.2.1', user_agent: 'Firefox', link },
    { at, ip: null, user_agent: null },
    { at },
  ],
  password_changed: [{ at }],
  email_taken: [{}],
  agent_invited: (['agent', 'superuser'] as const).map((role) => ({ link, role })),
  recover: [{ link }],
  email_change: [{ link }],
  email_change_requested: [{ link }],
  email_changed: [{}],
  totp_enabled: [{ at }],
  totp_disabled: [{ at }],
  passkey_added: [{ at, name: 'Phone' }, { at }],
  passkey_removed: [{ at, name: 'Phone' }, { at }],
  second_factor_reset: [{ at }],
  access_reset: [{ at }],
  token_created: [{ at, name: 'ci', expires_at: at }],
  operation_decided: [
    ...(['posted', 'rejected', 'expired'] as const).flatMap((status) =>
      MAIL_TEMPLATES.operation_decided.data.shape.type.options.map((type) => ({
        ...decided,
        type,
        status,
      })),
    ),
    { ...decided, reason: 'Too much', account_name: 'Joint', counterparty: 'Bob' },
    { operation_id: '019c', type: 'open_account', status: 'posted', amount: null, currency: null },
  ],
};

for (const template of Object.keys(MAIL_TEMPLATES) as MailTemplate[]) {
  for (const language of LANGUAGES) {
    test(`${template} renders completely in ${language}, as text and as HTML`, (t) => {
      for (const data of samples[template]) {
        const { subject, text, html } = renderLetter(template, language, 'Alice', data, LETTERS);
        for (const part of [subject, text, html]) {
          t.true(part.trim() !== '');
          t.notRegex(part, /undefined|\[object|null|NaN|Invalid Date/);
        }
        t.notRegex(text, /<[a-z]|&(amp|quot|lt|#)/);
        t.notRegex(text, /\n{4}/);
        if (language === 'fr') t.deepEqual(frenchTypographyFaults(`${subject}\n${text}`), []);
        t.true(html.includes(`<html lang="${language}"`));
        t.regex(html, /<\/html>\n$/);
        const tags = (pattern: RegExp) => html.match(pattern)?.length;
        for (const tag of ['div', 'p', 'table', 'tr', 'th', 'td', 'a', 'h1']) {
          t.is(tags(new RegExp(`<${tag}[ >]`, 'g')), tags(new RegExp(`</${tag}>`, 'g')), tag);
        }
        if ('link' in data) {
          t.true(text.includes(link));
          t.true(html.includes('href="https://bank.example/recover?token=a&amp;b=c"'));
        }
      }
    });
  }
}

test('the languages differ in every letter', (t) => {
  for (const template of Object.keys(MAIL_TEMPLATES) as MailTemplate[]) {
    const [first] = samples[template];
    const [en, fr] = LANGUAGES.map((language) => renderLetter(template, language, null, first, LETTERS));
    t.not(en?.subject, fr?.subject);
    t.not(en?.text, fr?.text);
  }
});

test('amounts and times have the format of the language, and times are in the bank’s time zone', (t) => {
  const transfer = { ...decided, reason: 'x' };
  t.true(renderLetter('operation_decided', 'en', null, transfer, LETTERS).text.includes('€1,234.56'));
  t.regex(renderLetter('operation_decided', 'fr', null, transfer, LETTERS).text, /1\s234,56\s€/u);
  t.true(
    renderLetter('password_changed', 'fr', null, { at }, LETTERS).text.includes('2 juillet 2026 à 00:30'),
  );
});

test('an HTML mail loads nothing, and each of its addresses is the bank’s', (t) => {
  for (const template of Object.keys(MAIL_TEMPLATES) as MailTemplate[]) {
    for (const data of samples[template]) {
      const { html, text } = renderLetter(template, 'fr', 'Alice', data, LETTERS);
      t.notRegex(
        html,
        /<(?:img|link|script|iframe|object|svg|video)\b|\ssrc=|url\(|@import|\son[a-z]+=/i,
        template,
      );
      for (const [address] of `${html} ${text}`.matchAll(/https?:\/\/[^\s"'<]*/g)) {
        t.is(new URL(address).origin, LETTERS.bank.publicUrl, template);
      }
    }
  }
});

test('a link to another site is refused, also where its address looks like the bank’s', (t) => {
  for (const elsewhere of [
    'https://evil.example/recover?token=a',
    'https://bank.example.evil.example/recover',
    'https://bank.example@evil.example/recover',
    'http://bank.example/recover',
    'https://bank.example:444/recover',
  ]) {
    t.throws(() => renderLetter('recover', 'en', null, { link: elsewhere }, LETTERS), {
      message: /another site/,
    });
  }
});

test('the text that a thief’s browser sends about itself says nothing to the owner', (t) => {
  const lure =
    'Mozilla/5.0 (X11; Linux) Firefox/144.0 A planned check by Guichet. Nothing to do: see https://evil.example';
  for (const language of LANGUAGES) {
    const data = { at, ip: '192.0.2.1', user_agent: lure, link: null };
    const { text, html } = renderLetter('new_device', language, null, data, LETTERS);
    for (const written of [text, html]) {
      t.true(written.includes('Firefox, Linux'));
      t.notRegex(written, /planned|evil/);
    }
  }
});

test('no mail takes a name or a text for markup, and the text part has it as it was typed', (t) => {
  const typed = {
    reason: '<b>r</b>',
    name: '<b>n</b>',
    user_agent: '<b>u',
    account_name: '<b>a</b>',
    counterparty: '<b>c</b>',
  };
  for (const template of Object.keys(MAIL_TEMPLATES) as MailTemplate[]) {
    for (const language of LANGUAGES) {
      for (const data of samples[template]) {
        const fields = Object.keys(MAIL_TEMPLATES[template].data.shape);
        const own = Object.entries(typed).filter(([field]) => fields.includes(field));
        const { html, text, subject } = renderLetter(
          template,
          language,
          '<b>Al</b>',
          { ...data, ...Object.fromEntries(own) },
          LETTERS,
        );
        t.notRegex(html, /<b>/, template);
        t.notRegex(subject, /<b>/, template);
        for (const [, value] of [['', '<b>Al</b>'], ...own]) t.true(text.includes(String(value)), template);
      }
    }
  }
});

test('the text part says everything that the HTML part says', (t) => {
  for (const template of Object.keys(MAIL_TEMPLATES) as MailTemplate[]) {
    for (const language of LANGUAGES) {
      for (const data of samples[template]) {
        const { html, text } = renderLetter(template, language, 'Alice', data, LETTERS);
        const body = html.slice(html.indexOf('<h1'));
        const shown = [...body.matchAll(/>([^<>]+)</g)].map(([, said = '']) =>
          said.replaceAll('&amp;', '&').trim(),
        );
        const said = text.replace(/\s+/g, ' ');
        // The text part has no button that might not work.
        for (const each of shown.filter((one) => !/^$|button|bouton/.test(one)))
          t.true(said.includes(each.replace(/\s+/g, ' ')), `${template}: ${each}`);
      }
    }
  }
});

test('mails that can be refused say in their foot how, and no others do', (t) => {
  const page = 'https://bank.example/unsubscribe?token=t';
  for (const template of Object.keys(MAIL_TEMPLATES) as MailTemplate[]) {
    for (const language of LANGUAGES) {
      const render = (unsubscribeUrl: string | null) =>
        renderLetter(template, language, 'Alice', samples[template][0], { ...LETTERS, unsubscribeUrl });
      const isOptional = optionalKindOf(template) !== null;
      for (const [given, url] of [
        [page, page],
        [null, 'https://bank.example/profile#mails'],
      ] as const) {
        const { text, html } = render(given);
        t.is(text.includes(url), isOptional, template);
        t.is(html.includes(`href="${url}"`), isOptional, template);
      }
    }
  }
});

test('text that a user typed is shown as text, never as markup', (t) => {
  const nasty = '<img src=x onerror="alert(1)">';
  const { html, text } = renderLetter('rejected', 'fr', nasty, { reason: nasty }, LETTERS);
  t.false(html.includes('<img'));
  t.true(html.includes('&lt;img'));
  t.true(text.includes(nasty));
});

test('a French colon stays on the line of the preceding word', (t) => {
  const { subject, text } = renderLetter('operation_decided', 'fr', null, decided, LETTERS);
  t.is(subject, 'Votre virement a été exécuté');
  t.true(text.includes('Voir le détail\u00a0:\n'));
  t.notRegex(text, /[\p{L}\d] [:;!?]/u);
});

test('data that does not match the template is refused', (t) => {
  t.throws(() => renderLetter('recover', 'en', null, {}, LETTERS));
  t.throws(() => renderLetter('recover', 'en', null, { link: 'javascript:alert(1)' }, LETTERS));
  t.throws(() => renderLetter('operation_decided', 'en', null, { ...decided, amount: 1.5 }, LETTERS));
});

test('every text in a template comes from the bank or is marked as free text', (t) => {
  const FROM_THE_BANK = new Set(['ip', 'operation_id', 'currency']);
  for (const [template, { data }] of Object.entries(MAIL_TEMPLATES)) {
    for (const [field, type] of Object.entries<z.ZodType>(data.shape)) {
      if (type === FreeText || type === Reason || FROM_THE_BANK.has(field)) continue;
      const { anyOf, ...single } = z.toJSONSchema(type, { io: 'input' });
      const unmarked = (anyOf ?? [single]).filter(
        (one) => JSON.stringify(one.type)?.includes('string') && !one.format && !one.enum,
      );
      t.deepEqual(unmarked, [], `${template}.${field}`);
    }
  }
});
