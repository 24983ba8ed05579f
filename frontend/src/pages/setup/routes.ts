import type { ProcessState } from '@guichet/contract';
import type { PageContext } from '../../request-context.ts';
import { render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { type Finding, levelOf } from './finding.ts';
import { loadState } from './load-state.ts';
import { AREAS, findingsOf, headlineOf } from './rules.ts';

/** The state of the bank's set-up, at a glance. `describeSelf` describes the process that shows it. */
export function setupPages(describeSelf: () => Promise<ProcessState>) {
  const router = pageRouter();

  router.get('/setup', requireRole('superuser'), async (ctx) => {
    const now = new Date();
    const found = findingsOf(await loadState(ctx, describeSelf()), now);
    // The page itself says which service doesn't answer.
    ctx.state.missing.delete('state');
    const areas = AREAS.map((name) => ({
      name,
      level: levelOf(found[name]),
      headline: headline(ctx, headlineOf(found[name])),
      findings: found[name].map((finding) => ({ ...finding, sentence: sentenceOf(ctx, finding) })),
    }));
    const count = (level: string) =>
      Object.values(found)
        .flat()
        .filter((finding) => finding.level === level).length;
    render(ctx, 'setup.njk', { areas, bad: count('bad'), unknown: count('unknown'), now });
  });

  return router;
}

function sentenceOf(ctx: PageContext, { text, values, at }: Finding): string {
  const { views, locale } = ctx.state;
  const date = at == null ? '–' : views.formatsOf(locale).dateTime(at);
  return views.t(locale, `setup.findings.${text}`, text, { ...values, date });
}

function headline(ctx: PageContext, finding: Finding | null): string | null {
  if (finding === null) return null;
  const { about } = finding;
  const sentence = sentenceOf(ctx, finding);
  if (about === null) return sentence;
  return ctx.state.views.t(ctx.state.locale, 'common.field_error', sentence, {
    field: about,
    error: sentence,
  });
}
