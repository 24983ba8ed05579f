// Runs inside a page under test: finds text and controls that overlap, leave the card, cell or screen that they belong to, or break in
// the middle of a word.

/** What text and controls have to stay inside of. */
const BOXES =
  '.card, .notice, .badge, .button, .toast, .dialog, .chip, .tab, .choice, .menu-list, td, th, pre';
const CONTROLS = 'input, select, textarea, button, .button, svg, canvas, img, table, pre, progress';

/** Labels hold the bank's own words, which must never be broken. A word longer than `LONGEST_WORD` may be a name that a user chose. */
const LABELS = '.button, .tab, .tab-item, .nav-item, .count, .badge, .segment, .title, th, label, header a';
const LONGEST_WORD = 20;

/** A computed style is live, so it can be kept while the page changes its width. */
const styles = new WeakMap<Element, CSSStyleDeclaration>();

/** A table that is too wide has a fault in each row. */
const MOST_FAULTS = 5;

interface Line {
  owner: Element;
  text: string;
  box: DOMRect;
}

/** One sentence for each fault at the current width; nothing if the page is laid out well. */
export function layoutFaults(): string[] {
  const lines = visibleLines();
  const root = document.documentElement;
  const faults = [
    ...(root.scrollWidth > root.clientWidth ? [`the page is ${root.scrollWidth} px wide`] : []),
    ...lines.flatMap((line) => leaves(line.owner, line.box, line.text)),
    ...[...document.querySelectorAll(CONTROLS)]
      .filter((control) => isShown(control))
      .flatMap((control) => leaves(control.parentElement, control.getBoundingClientRect(), nameOf(control))),
    ...overlaps(lines),
    ...brokenWords(lines),
  ];
  return [...new Set(faults)].slice(0, MOST_FAULTS);
}

function visibleLines(): Line[] {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const lines: Line[] = [];
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const owner = node.parentElement;
    const text = (node.textContent ?? '').trim();
    if (text === '' || owner === null || owner.closest('select') !== null || !isShown(owner)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) if (box.width > 0.5) lines.push({ owner, text, box });
  }
  return lines;
}

/** Whether a sighted user can see it; text for screen readers only is clipped away. */
function isShown(element: Element): boolean {
  if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
  return !isUnder(element, ({ clipPath, position }) => position === 'absolute' && clipPath !== 'none');
}

/** Whether the element or one around it has such a style. */
function isUnder(element: Element, has: (style: CSSStyleDeclaration) => boolean): boolean {
  for (let at: Element | null = element; at !== null; at = at.parentElement) {
    if (has(styleOf(at))) return true;
  }
  return false;
}

function styleOf(element: Element): CSSStyleDeclaration {
  const style = styles.get(element) ?? getComputedStyle(element);
  styles.set(element, style);
  return style;
}

/** The fault of a text or control whose `box` leaves `holder` or an element around it; empty if it stays inside. */
function leaves(holder: Element | null, box: DOMRect, text: string): string[] {
  if (holder === null) return [];
  const name = `${JSON.stringify(text.slice(0, 50))} in ${nameOf(holder)}`;
  for (let at: Element | null = holder; at !== null; at = at.parentElement) {
    const style = styleOf(at);
    // An element that scrolls or ends in an ellipsis keeps its content inside.
    if (style.overflowX === 'auto' || style.overflowX === 'scroll' || style.textOverflow === 'ellipsis')
      return [];
    const bounds = at.getBoundingClientRect();
    const isOver =
      box.right > bounds.right + 1.5 || box.left < bounds.left - 1.5 || box.bottom > bounds.bottom + 2.5;
    if (isOver && style.overflowX === 'hidden') return [`cut off: ${name}`];
    if (isOver && at.matches(BOXES) && !isAbsolute(holder, at)) {
      return [`outside ${nameOf(at)}: ${name}`];
    }
  }
  const isOff = box.right > document.documentElement.clientWidth + 1 || box.left < -1;
  return isOff ? [`off the screen: ${name}`] : [];
}

/** Whether something between the two is placed freely, such as a menu that opens over its card. */
function isAbsolute(element: Element, box: Element): boolean {
  for (let at: Element | null = element; at !== null && at !== box; at = at.parentElement) {
    if (styleOf(at).position === 'absolute') return true;
  }
  return false;
}

function overlaps(lines: readonly Line[]): string[] {
  const flat = lines
    .filter(({ owner }) => !floats(owner))
    .map((line) => ({ ...line, box: core(clipped(line)) }))
    .sort((a, b) => a.box.top - b.box.top);
  const faults: string[] = [];
  flat.forEach((line, index) => {
    for (const other of flat.slice(index + 1)) {
      if (other.box.top >= line.box.bottom) break;
      const isApart = other.box.left >= line.box.right || other.box.right <= line.box.left;
      if (isApart || line.owner.contains(other.owner) || other.owner.contains(line.owner)) continue;
      faults.push(
        `overlap: ${JSON.stringify(line.text.slice(0, 40))} and ${JSON.stringify(other.text.slice(0, 40))}`,
      );
    }
  });
  return faults;
}

/** The part of a line that is not cut off, as the end of a long name is behind an ellipsis. */
function clipped({ owner, box }: Line): DOMRect {
  let [left, right] = [box.left, box.right];
  for (let at: Element | null = owner; at !== null; at = at.parentElement) {
    if (styleOf(at).overflowX === 'visible') continue;
    const bounds = at.getBoundingClientRect();
    [left, right] = [Math.max(left, bounds.left), Math.min(right, bounds.right)];
  }
  return new DOMRect(left, box.top, Math.max(0, right - left), box.height);
}

/** A line's box holds the room above and below its letters, which may overlap. */
function core({ left, top, width, height }: DOMRect): DOMRect {
  return new DOMRect(left + 1, top + height * 0.2, Math.max(0, width - 2), height * 0.6);
}

/** Words of labels that begin on one line and end on another. */
function brokenWords(lines: readonly Line[]): string[] {
  const owners = new Set(lines.map(({ owner }) => owner).filter((owner) => owner.closest(LABELS) !== null));
  return [...owners].flatMap((owner) =>
    [...owner.childNodes]
      .filter((node) => node.nodeType === Node.TEXT_NODE)
      .flatMap((node) => wordsOf(node).filter(isBroken))
      .map((range) => `broken: ${JSON.stringify(range.toString())} in ${nameOf(owner)}`),
  );
}

function wordsOf(node: Node): Range[] {
  return [...(node.textContent ?? '').matchAll(/[\p{L}\p{N}]+/gu)]
    .filter(([word]) => word.length <= LONGEST_WORD)
    .map(({ 0: word, index }) => {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      return range;
    });
}

function isBroken(range: Range): boolean {
  const tops = [...range.getClientRects()].filter(({ width }) => width > 0.5).map(({ top }) => top);
  return Math.max(...tops) - Math.min(...tops) > 4;
}

/** Bars that stay in place cover what scrolls under them. */
function floats(element: Element): boolean {
  return isUnder(element, ({ position }) => position === 'fixed' || position === 'sticky');
}

function nameOf(element: Element): string {
  const classes = (element.getAttribute('class') ?? '').split(/\s+/).filter(Boolean).slice(0, 3);
  return [element.tagName.toLowerCase(), ...classes].join('.');
}
