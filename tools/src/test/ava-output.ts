/** The meaning of a line in AVA's report. */
export type AvaLine =
  | { kind: 'passed'; title: string }
  /** Output of a test that passed. */
  | { kind: 'aside' }
  | { kind: 'failed' }
  /** The rule between the tests and the descriptions of those that failed; there is another after each. */
  | { kind: 'end' }
  /** A line of the final summary: the number of failures of one kind. */
  | { kind: 'failures'; count: number }
  | { kind: 'other' };

const PASSED = /^\s*✔ (.*?)(?: \(\d[\d.]*m?s?(?: \d+s)?\))?$/;
const SUMMARY =
  /^\s*(\d+) (?:tests? failed|hooks? failed|known failures?|unhandled rejections?|uncaught exceptions?|tests? remained pending after a timeout)/;

/**
 * Parses AVA's default report line by line. Its TAP reporter would be easier to parse, but fails if a test times out, which is when the
 * report matters most.
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
    if (/^\s*─$/.test(text)) return { kind: 'end' };
    const failures = SUMMARY.exec(text);
    return failures === null ? { kind: 'other' } : { kind: 'failures', count: Number(failures[1]) };
  }
}
