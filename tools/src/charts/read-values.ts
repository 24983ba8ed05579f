import { parse } from 'yaml';

/** A value that is documented in values.yaml. */
export interface DocumentedValue {
  name: string;
  /** Its comment, as one paragraph. */
  description: string;
  /** The schema in its `# @schema` lines, which extends the one derived from its default. */
  schema: Record<string, unknown>;
  /** Its default. */
  value: unknown;
  /** Whether it has a `# @workload` line: the values of a workload, which also take the settings of `defaults`. */
  isWorkload: boolean;
  /** The documented values inside it; if there are none, it is set as a whole. */
  children: DocumentedValue[];
}

const KEY = /^( *)([A-Za-z][A-Za-z0-9]*):/;
const WORKLOAD = '@workload';
const COMMENT = /^( *)# ?(.*)$/;

interface Comment {
  depth: number;
  lines: readonly string[];
}

const NONE: Comment = { depth: -1, lines: [] };

/**
 * Reads the documented values of a values.yaml: those with a comment right above them, at the same depth.
 * @throws Error that names a value without a comment, unless it is inside a value that is set as a whole
 */
export function readValues(text: string): DocumentedValue[] {
  const root: DocumentedValue = {
    name: '',
    description: '',
    schema: {},
    value: parse(text),
    isWorkload: false,
    children: [],
  };
  const open = [{ depth: -1, node: root }];
  let comment: Comment = NONE;
  for (const line of text.split('\n')) {
    const commented = COMMENT.exec(line);
    if (commented !== null) {
      const [, space = '', words = ''] = commented;
      const before = comment.depth === space.length ? comment.lines : [];
      comment = { depth: space.length, lines: [...before, words] };
      continue;
    }
    const [, space = '', name = ''] = KEY.exec(line) ?? [];
    if (name !== '' && comment.depth === space.length) {
      while ((open.at(-1)?.depth ?? -1) >= space.length) open.pop();
      const parent = open.at(-1)?.node ?? root;
      const node = documented(name, comment.lines, (parent.value as Record<string, unknown>)[name]);
      parent.children.push(node);
      open.push({ depth: space.length, node });
    }
    comment = NONE;
  }
  expectDocumented(root, []);
  return root.children;
}

/** Whether the values of a whole file are those of a workload: its first comment has a `# @workload` line. */
export function isWorkloadFile(text: string): boolean {
  return (text.split('\n\n')[0] ?? '').split('\n').includes(`# ${WORKLOAD}`);
}

function documented(name: string, lines: readonly string[], value: unknown): DocumentedValue {
  const isSchema = (line: string): boolean => line.startsWith('@schema ');
  const isWorkload = lines.includes(WORKLOAD);
  const schemas = lines.filter(isSchema).map((line) => parse(line.slice('@schema '.length)));
  return {
    name,
    description: lines.filter((line) => !isSchema(line) && line !== WORKLOAD).join(' '),
    schema: Object.assign({}, ...schemas),
    value,
    isWorkload,
    children: [],
  };
}

function expectDocumented({ value, children }: DocumentedValue, path: readonly string[]): void {
  if (children.length === 0) return;
  const known = new Set(children.map(({ name }) => name));
  for (const name of Object.keys(value as object)) {
    if (!known.has(name)) throw new Error(`${[...path, name].join('.')} has no comment right above it`);
  }
  for (const child of children) expectDocumented(child, [...path, child.name]);
}
