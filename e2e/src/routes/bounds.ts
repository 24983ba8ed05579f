import type { z } from 'zod';

type Definition = {
  type: string;
  // biome-ignore lint/suspicious/noExplicitAny: zod's definitions differ by type
  [key: string]: any;
};

/** The paths in a request's schema that are processed before their size is checked. */
export function unboundedIn(schema: z.ZodType, path = ''): string[] {
  const def = schema._zod.def as unknown as Definition;
  const at = (name: string) => (path === '' ? name : `${path}.${name}`);
  switch (def.type) {
    case 'string':
      return [
        ...(startsWithItsLength(def)
          ? []
          : [`${path}: a string that is processed before its length is checked`]),
        ...(hasFlags(def)
          ? [`${path}: a pattern with a flag, which the OpenAPI document cannot express`]
          : []),
      ];
    case 'number':
      return def.checks?.some(({ _zod }: { _zod: { def: Definition } }) => _zod.def.format === 'safeint') ||
        def.format === 'safeint'
        ? []
        : [`${path}: a number that is not an integer`];
    case 'object':
      return Object.entries(def.shape as Record<string, z.ZodType>).flatMap(([key, inner]) =>
        unboundedIn(inner, at(key)),
      );
    case 'array':
      return [
        ...(hasCheck(def, 'max_length') ? [] : [`${path}: a list without a maximum`]),
        ...unboundedIn(def.element, at('[]')),
      ];
    case 'tuple':
      return def.items.flatMap((inner: z.ZodType, index: number) => unboundedIn(inner, at(String(index))));
    case 'record':
      return [...unboundedIn(def.keyType, at('<key>')), ...unboundedIn(def.valueType, at('<value>'))];
    case 'union':
      return def.options.flatMap((inner: z.ZodType) => unboundedIn(inner, path));
    case 'intersection':
      return [...unboundedIn(def.left, path), ...unboundedIn(def.right, path)];
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return unboundedIn(def.innerType, path);
    // The output of a pipe is bounded if its input is.
    case 'pipe':
      return unboundedIn(def.in, path);
    case 'enum':
    case 'literal':
    case 'boolean':
    case 'null':
      return [];
    default:
      return [`${path}: ${def.type}, which the bounds of a request do not cover`];
  }
}

function startsWithItsLength(def: Definition): boolean {
  const first = def.checks?.[0]?._zod.def;
  return def.format === undefined && first?.check === 'max_length' && first.abort === true;
}

/** `u` is the only flag that the patterns of JSON Schema have. */
function hasFlags(def: Definition): boolean {
  return (
    def.checks?.some(({ _zod }: { _zod: { def: Definition } }) =>
      /[^u]/.test((_zod.def.pattern as RegExp | undefined)?.flags ?? ''),
    ) ?? false
  );
}

function hasCheck(def: Definition, name: string): boolean {
  return def.checks?.some(({ _zod }: { _zod: { def: Definition } }) => _zod.def.check === name) ?? false;
}
