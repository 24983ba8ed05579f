import type { z } from 'zod';

/** A Markdown table of every setting with its default and its description. @throws Error for a setting without a description */
export function settingsTable(shape: z.ZodRawShape): string {
  const rows = Object.entries(shape).map(([name, schema]) => {
    const { description, defaultText } = (schema as z.ZodType).meta() ?? {};
    if (description === undefined) throw new Error(`the setting ${name} has no description`);
    const byDefault = typeof defaultText === 'string' ? defaultText : defaultOf(schema as z.ZodType);
    return `| \`${name}\` | ${byDefault} | ${description.replaceAll('|', '\\|')} |`;
  });
  return ['| variable | default | what it is |', '|---|---|---|', ...rows].join('\n');
}

function defaultOf(schema: z.ZodType): string {
  const { type, defaultValue } = schema.def as { type: string; defaultValue?: unknown };
  if (type === 'default') return `\`${defaultValue}\``;
  return type === 'optional' ? 'none' : '*required*';
}
