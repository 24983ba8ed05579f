/** What a line of AVA's report says. */
export type AvaLine =
  | { kind: 'passed'; title: string }
  /** Belongs to a test that passed. */
  | { kind: 'aside' }
  | { kind: 'failed' }
  /** Of the summary at the end: so many failures of one sort. */
  | { kind: 'failures'; count: number }
  | { kind: 'other' };

const PASSED = /^\s*✔ (.*?)(?: \(\d[\d.]*m?s?(?: \d+s)?\))?$/;
const SUMMARY =
  /^\s*(\d+) (?:tests? failed|hooks? failed|known failures?|unhandled rejections?|uncaught exceptions?|tests? remained pending after a timeout)/;

/**
 * Reads AVA's own report line by line. Its TAP reporter would be easier to read, but breaks on a test that times out, which is
 * when its word is needed most.
 */
export class AvaOutput {
  #lastPassed = false;

  line(text: string): AvaLine {
    const passed = PASSED.exec(text);
    const isLogOfPassed = this.#lastPassed && /^\s{3,}(ℹ|\S)/.test(text) && !/^\s*(✘|-|─)/.test(text);
    if (passed !== null) {
      this.#lastPassed = true;
      return { kind: 'passed', title: passed[1] ?? '' };
    }
    if (isLogOfPassed) return { kind: 'aside' };
    this.#lastPassed = false;
    if (/^\s*✘ \[fail\]:/.test(text)) return { kind: 'failed' };
    const failures = SUMMARY.exec(text);
    return failures === null ? { kind: 'other' } : { kind: 'failures', count: Number(failures[1]) };
  }
}
