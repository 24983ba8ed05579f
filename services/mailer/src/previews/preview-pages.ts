import { LANGUAGES, type Language } from '@guichet/contract';
import { MAIL_TEMPLATES, type MailTemplate, optionalKindOf } from '@guichet/contract/events';
import nunjucks from 'nunjucks';
import { type LetterOptions, type RenderedMail, renderLetter } from '../letters/render-letter.ts';
import { mailExamples } from './examples.ts';

const TEMPLATES = Object.keys(MAIL_TEMPLATES) as MailTemplate[];
const SCHEMES = ['light', 'dark'] as const;
type Scheme = (typeof SCHEMES)[number];
const NAMES: Readonly<Record<Language, string>> = { en: 'Alice Martin', fr: 'Amélie Dubois' };
const DARK_STYLES = '@media (prefers-color-scheme: dark)';

export interface PreviewPage {
  readonly status: 200 | 404;
  readonly html: string;
}

/**
 * The pages on which every mail is looked at, in every language: as HTML in light and dark, as text, and its subject. The mailer's own renderer
 * writes them.
 */
export function previewPages(
  options: Pick<LetterOptions, 'bank' | 'timeZone'>,
): (path: string) => PreviewPage {
  const examples = mailExamples(options.bank.publicUrl);
  const pages = new nunjucks.Environment(null, { autoescape: true, throwOnUndefined: true });

  function mailsOf(template: MailTemplate, language: Language): (RenderedMail & { about: string })[] {
    const unsubscribeUrl = `${options.bank.publicUrl}/unsubscribe?token=${optionalKindOf(template)}-example`;
    return examples[template].map(({ about, data }) => ({
      about,
      ...renderLetter(template, language, NAMES[language], data, { ...options, unsubscribeUrl }),
    }));
  }

  return (path) => {
    const [language, template, index, scheme] = path.split('/').slice(1) as [
      string,
      string?,
      string?,
      string?,
    ];
    if (language === '') return { status: 200, html: pages.renderString(LIST, listView(mailsOf)) };
    if (!isOneOf(LANGUAGES, language) || !isOneOf(TEMPLATES, template)) return NOT_FOUND;
    const mails = mailsOf(template, language);
    if (index === undefined) {
      const view = { template, language, languages: LANGUAGES, schemes: SCHEMES, mails };
      return { status: 200, html: pages.renderString(MAILS, view) };
    }
    const mail = mails[Number(index)];
    return mail === undefined || !isOneOf(SCHEMES, scheme)
      ? NOT_FOUND
      : { status: 200, html: inScheme(mail.html, scheme) };
  };
}

function listView(mailsOf: (template: MailTemplate, language: Language) => RenderedMail[]) {
  const templates = TEMPLATES.map((template) => ({
    name: template,
    kind: MAIL_TEMPLATES[template].kind,
    isOptional: optionalKindOf(template) !== null,
    subjects: LANGUAGES.map((language) => ({ language, text: mailsOf(template, language)[0]?.subject })),
  }));
  return { languages: LANGUAGES, templates };
}

/** The mail as in a browser with this scheme, whatever the scheme of the browser that shows it. @throws Error if the mail has no dark styles */
export function inScheme(html: string, scheme: Scheme): string {
  if (!html.includes(DARK_STYLES)) throw new Error('the mail has no dark styles');
  return html
    .replaceAll(DARK_STYLES, scheme === 'dark' ? '@media all' : '@media not all')
    .replaceAll('color-scheme: light dark', `color-scheme: ${scheme}`)
    .replaceAll('content="light dark"', `content="${scheme}"`);
}

function isOneOf<const One extends string>(list: readonly One[], text: string | undefined): text is One {
  return (list as readonly (string | undefined)[]).includes(text);
}

const HEAD = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mails of the bank</title><style>
:root { color-scheme: light dark; font: 16px/1.5 Inter, system-ui, sans-serif; background: light-dark(#f7f6f2, #0e1311); color: light-dark(#16211d, #e8eeeb) }
body { margin: 2rem auto; max-width: 88rem; padding: 0 1rem; overflow-wrap: anywhere } a { color: light-dark(#0b5a4a, #62c8aa) }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8884; vertical-align: top }
iframe { box-sizing: border-box; border: 1px solid #8886; border-radius: .5rem; width: 100%; max-width: 100%; height: 46rem; resize: both; background: #fff }
.row { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1rem } pre { white-space: pre-wrap; margin: 0 }
@media (max-width: 48rem) { tr { display: block; padding: .6rem 0; border-bottom: 1px solid #8884 } td { display: block; padding: .1rem 0; border: 0 } th { display: none } }
</style>`;

const NOT_FOUND: PreviewPage = {
  status: 404,
  html: `${HEAD}<h1>There is no such mail</h1><a href="/">All mails</a>`,
};

const LIST = `${HEAD}<h1>Mails of the bank</h1>
<p>Every template in every language, with example data. The kinds with a star can be refused.</p>
<table><tr><th>Template<th>Kind{% for language in languages %}<th>Subject ({{ language }}){% endfor %}</tr>
{% for template in templates %}<tr><td><code>{{ template.name }}</code><td>{{ template.kind }}{{ ' *' if template.isOptional }}
{% for subject in template.subjects %}<td lang="{{ subject.language }}"><a href="/{{ subject.language }}/{{ template.name }}">{{ subject.text }}</a>{% endfor %}</tr>{% endfor %}</table>`;

const MAILS = `${HEAD}<p><a href="/">All mails</a>{% for other in languages %} · <a href="/{{ other }}/{{ template }}">{{ other }}</a>{% endfor %}</p>
<h1><code>{{ template }}</code> ({{ language }})</h1>
{% for mail in mails %}{% set index = loop.index0 %}<section><h2>{{ mail.about }}</h2><p><b lang="{{ language }}">{{ mail.subject }}</b></p>
<div class="row">{% for scheme in schemes %}<iframe title="{{ mail.about }}, {{ scheme }}" sandbox="" src="/{{ language }}/{{ template }}/{{ index }}/{{ scheme }}"></iframe>{% endfor %}
<pre lang="{{ language }}">{{ mail.text }}</pre></div></section>{% endfor %}`;
