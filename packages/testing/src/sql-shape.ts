/** A statement with a question mark in place of each value, so that statements for different values can be compared. */
export function shapeOf(statement: string): string {
  return statement
    .replace(/x?'(?:[^'\\]|\\.)*'/gs, '?')
    .replace(/\b\d+(?:\.\d+)?\b/g, '?')
    .replace(/(?<!\bIS )(?<!\bNOT )\bNULL\b/g, '?');
}
