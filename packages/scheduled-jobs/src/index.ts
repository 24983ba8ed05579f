export { type ScheduledJob, scheduleJob } from './schedule-job.ts';
export { createScheduledJobsTable, type JobRun, lastRun, recordRun } from './store.ts';
