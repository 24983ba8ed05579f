import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { loadTranslations } from '../i18n.ts';
import type { Assets } from './assets.ts';
import { macroNames } from './template-names.ts';
import { createViews } from './views.ts';

const assets: Assets = { href: (name) => `/assets/${name}`, serve: (_ctx, next) => next() };

test('a value that a macro of the layout would hide is refused, because the page would show that there is none', async (t) => {
  const settings = {
    bankName: 'Guichet',
    timeZone: 'Europe/Paris',
    publicUrl: 'https://bank.example',
    idleMinutes: 15,
  };
  const views = createViews(await loadTranslations(), assets, settings);
  t.throws(() => views.render('en', 'dashboard.njk', { bell: [] }), {
    message: 'dashboard.njk: a macro hides the value of the same name, bell',
  });
});

test('a view’s macros are those that it or a layout above it defines or imports', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'guichet-views-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const write = (name: string, source: string) => writeFile(join(directory, name), source);
  await write('base.njk', '{% macro logo() %}{% endmacro %}');
  await write('app.njk', '{% extends "base.njk" %}\n{%- from "ui.njk" import icon, badge as label -%}');
  await write('page.njk', '{% extends "app.njk" %}{% macro row(item) %}{{ item }}{% endmacro %}');
  t.deepEqual([...macroNames(directory, 'page.njk')].sort(), ['icon', 'label', 'logo', 'row']);
});
