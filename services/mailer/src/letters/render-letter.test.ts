import { LANGUAGES, OPERATION_KINDS } from '@guichet/contract';
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
import { type MailExample, mailExamples } from '../previews/examples.ts';
import { renderLetter } from './render-letter.ts';

const at = '2026-07-01T22:30:00.000Z';
const decided = {
  operation_id: '019c',
  type: 'external_transfer',
  status: 'posted',
  amount: 123456,
  currency: 'EUR',
};
const examples: Record<MailTemplate, readonly MailExample[]> = mailExamples(LETTERS.bank.publicUrl);
/** The data of the previews, and every outcome of every kind of operation. */
const samples = Object.fromEntries(
  Object.entries(examples).map(([template, list]) => [template, list.map(({ data }) => data)]),
) as Record<MailTemplate, Record<string, unknown>[]>;
samples.operation_decided.push(
  ...(['posted', 'rejected', 'expired'] as const).flatMap((status) =>
    OPERATION_KINDS.map((type) => ({ ...decided, type, status })),
  ),
);
samples.agent_digest.push(
  ...[1, 2].map((count) => ({
    ...samples.agent_digest[0],
    operations: OPERATION_KINDS.map((type) => ({ type, count })),
  })),
);

test('each example of the previews is data that its template accepts', (t) => {
  for (const template of Object.keys(MAIL_TEMPLATES) as MailTemplate[]) {
    t.true(examples[template].length > 0, template);
    for (const { about, data } of examples[template])
      t.notThrows(() => MAIL_TEMPLATES[template].data.parse(data), `${template}: ${about}`);
  }
});

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
        // A network address has colons of its own.
        const prose = `${subject}\n${text}`.replaceAll(String(data.ip), '');
        if (language === 'fr') t.deepEqual(frenchTypographyFaults(prose), []);
        t.true(html.includes(`<html lang="${language}"`));
        t.regex(html, /<\/html>\n$/);
        const tags = (pattern: RegExp) => html.match(pattern)?.length;
        for (const tag of ['div', 'p', 'table', 'tr', 'th', 'td', 'a', 'h1']) {
          t.is(tags(new RegExp(`<${tag}[ >]`, 'g')), tags(new RegExp(`</${tag}>`, 'g')), tag);
        }
        if (typeof data.link === 'string') {
          t.true(text.includes(data.link));
          t.true(html.includes(`href="${data.link.replace('&', '&amp;')}"`));
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

test('a French number stays on the line of its noun', (t) => {
  const { text } = renderLetter('agent_digest', 'fr', null, samples.agent_digest[0], LETTERS);
  t.regex(text, /demandes et 2\u00a0inscriptions/);
  t.regex(text, /30\u00a0novembre/);
});

test('data that does not match the template is refused', (t) => {
  t.throws(() => renderLetter('recover', 'en', null, {}, LETTERS));
  t.throws(() => renderLetter('recover', 'en', null, { link: 'javascript:alert(1)' }, LETTERS));
  t.throws(() => renderLetter('operation_decided', 'en', null, { ...decided, amount: 1.5 }, LETTERS));
});

test('every text in a template comes from the bank or is marked as free text', (t) => {
  const FROM_THE_BANK = new Set(['ip', 'operation_id', 'standing_order_id', 'currency']);
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
