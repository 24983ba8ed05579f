/** Sums of a model of a bank that begin again each day, by name. */
export class ModelSums {
  #sums = new Map<string, number>();
  readonly #dayOf: () => number;

  /** @param dayOf the beginning of the present day */
  constructor(dayOf: () => number) {
    this.#dayOf = dayOf;
  }

  get(...name: string[]): number {
    return this.#sums.get(this.#nameOf(name)) ?? 0;
  }

  set(what: string, owner: string, amount: number): void {
    this.#sums.set(this.#nameOf([what, owner]), amount);
  }

  /** The newest sum of each name, with its day. */
  last(): string[] {
    const last = new Map<string, { day: number; amount: number }>();
    for (const [name, amount] of this.#sums) {
      const end = name.lastIndexOf(' ');
      const [owner, day] = [name.slice(0, end), Number(name.slice(end + 1))];
      if (day >= (last.get(owner)?.day ?? 0)) last.set(owner, { day, amount });
    }
    return [...last].map(([owner, { day, amount }]) => `${owner} ${day} ${amount}`);
  }

  copy(dayOf: () => number): ModelSums {
    const copy = new ModelSums(dayOf);
    copy.#sums = new Map(this.#sums);
    return copy;
  }

  #nameOf(name: string[]): string {
    return [...name, this.#dayOf()].join(' ');
  }
}
