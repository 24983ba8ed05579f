import type { Context } from 'koa';

/** The look of the pages; `system` follows the device. */
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export const THEME_COOKIE = 'guichet-theme';

export function isTheme(value: unknown): value is Theme {
  return THEMES.includes(value as Theme);
}

/** The theme that was chosen in this browser. */
export function chosenTheme(ctx: Pick<Context, 'cookies'>): Theme {
  const chosen = ctx.cookies.get(THEME_COOKIE);
  return isTheme(chosen) ? chosen : 'system';
}
