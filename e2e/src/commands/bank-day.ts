import { runCli } from '@guichet/cli';
import { startDay } from '../bank-day/start-day.ts';

// Plays a day at the bank on a separate one, and says what happens.
await runCli(async () => {
  await startDay(console.log);
  return 0;
});
