/** Returns the current time. Code that needs the time takes a clock, so that tests and demo data can choose it. */
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();

/** The system's time, shifted: `CLOCK_OFFSET_SECONDS` lets a demo bank have its first months in a minute. */
export function shiftedClock(offsetSeconds: number): Clock {
  return offsetSeconds === 0 ? systemClock : () => new Date(Date.now() + offsetSeconds * 1000);
}
