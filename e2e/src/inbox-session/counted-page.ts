import type { Page } from 'playwright-core';

/** What one task took. */
export interface Effort {
  task: string;
  clicks: number;
  keys: number;
  loads: number;
  seconds: number;
}

/** A page whose clicks, keys and loads are counted. Typed text counts as one key for each character. */
export class CountedPage {
  readonly page: Page;
  #clicks = 0;
  #keys = 0;
  #loads = 0;

  constructor(page: Page) {
    this.page = page;
    page.on('request', (request) => {
      const isLoad = request.isNavigationRequest() && request.frame() === page.mainFrame();
      // A redirect belongs to the load that it came from.
      if (isLoad && request.redirectedFrom() === null) this.#loads += 1;
    });
  }

  /** Clicks; `loads` says that a page follows. */
  async click(selector: string, follows: 'loads' | 'stays' = 'loads'): Promise<void> {
    this.#clicks += 1;
    await this.#act(() => this.page.locator(selector).first().click(), follows);
  }

  async press(key: string, follows: 'loads' | 'stays' = 'stays'): Promise<void> {
    this.#keys += 1;
    await this.#act(() => this.page.keyboard.press(key), follows);
  }

  async type(text: string): Promise<void> {
    this.#keys += text.length;
    await this.page.keyboard.type(text);
  }

  /** Presses Tab until the focus is on what matches; first skips the navigation, as keyboard users do. */
  async tabTo(selector: string): Promise<void> {
    await this.press('Tab');
    await this.press('Enter');
    for (let presses = 0; presses < 60; presses += 1) {
      await this.press('Tab');
      if ((await this.page.locator(`${selector}:focus`).count()) > 0) return;
    }
    throw new Error(`${selector} cannot be reached with Tab`);
  }

  async measure(task: string, work: () => Promise<void>): Promise<Effort> {
    const [clicks, keys, loads, began] = [this.#clicks, this.#keys, this.#loads, performance.now()];
    await work();
    return {
      task,
      clicks: this.#clicks - clicks,
      keys: this.#keys - keys,
      loads: this.#loads - loads,
      seconds: (performance.now() - began) / 1000,
    };
  }

  async #act(action: () => Promise<void>, follows: 'loads' | 'stays'): Promise<void> {
    if (follows === 'stays') return action();
    await Promise.all([this.page.waitForEvent('load'), action()]);
  }
}
