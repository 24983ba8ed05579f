import { setTimeout as sleep } from 'node:timers/promises';
import { TOTP } from 'otpauth';

/** An authenticator app. */
export class Authenticator {
  readonly #totp: TOTP;
  #lastStep = 0;

  constructor(base32: string) {
    this.#totp = new TOTP({ secret: base32 });
  }

  /** An unused code. The bank also accepts the code of the next 30 seconds; this waits if all of those are used. */
  async nextCode(): Promise<string> {
    const step = Math.max(this.#totp.counter(), this.#lastStep + 1);
    while (this.#totp.counter() + 1 < step) await sleep(250);
    this.#lastStep = step;
    return this.#totp.generate({ timestamp: step * this.#totp.period * 1000 });
  }
}
