/** What a test has to undo, also after a failure. */
export class UndoList {
  readonly #steps: { what: string; run: () => Promise<unknown> }[] = [];

  add(what: string, run: () => Promise<unknown>): void {
    this.#steps.push({ what, run });
  }

  /** Undoes everything, the last first. @returns a line for each step that failed */
  async run(): Promise<string[]> {
    const failed: string[] = [];
    for (const { what, run } of this.#steps.toReversed())
      await run().catch((error: Error) => failed.push(`could not ${what}: ${error.message}`));
    return failed;
  }
}
