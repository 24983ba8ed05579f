/** A form of a page, as a browser would send it. */
export interface PageForm {
  /** With `dialog`, only a script sends it. */
  method: 'get' | 'post' | 'dialog';
  action: string;
  /** The value that is sent if nothing is typed: for choices, the chosen one or the first. */
  fields: Record<string, string>;
  /** The fields that a user types into, with the type of each. */
  typed: Record<string, string>;
}

export function readForms(html: string): PageForm[] {
  return html
    .split('<form')
    .slice(1)
    .map((part) => part.split('</form>')[0] ?? '')
    .map((form) => {
      const tag = form.slice(0, form.indexOf('>'));
      const fields: Record<string, string> = {};
      const typed: Record<string, string> = {};
      for (const [input] of form.matchAll(/<(?:input|textarea|button)\b[^>]*>/g)) {
        const name = attribute(input, 'name');
        const type = input.startsWith('<button') ? 'submit' : attribute(input, 'type') || 'text';
        if (name === '' || fields[name] !== undefined) continue;
        fields[name] = attribute(input, 'value');
        if (!['hidden', 'submit', 'radio', 'checkbox'].includes(type)) typed[name] = type;
      }
      for (const [select, name = ''] of form.matchAll(/<select[^>]* name="([^"]+)"[\s\S]*?<\/select>/g)) {
        fields[name] = [...select.matchAll(/<option value="([^"]+)"/g)].at(-1)?.[1] ?? '';
      }
      return {
        method: (['post', 'dialog'] as const).find((method) => method === attribute(tag, 'method')) ?? 'get',
        action: attribute(tag, 'action'),
        fields,
        typed,
      };
    });
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
  return value.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}
