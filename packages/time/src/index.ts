export { type Clock, shiftedClock, systemClock } from './clock.ts';
export { type PeriodicWork, runPeriodically } from './run-periodically.ts';
export { sleep } from './sleep.ts';
export { within } from './within.ts';
