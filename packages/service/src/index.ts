// The entrance of `@pqrst/service`: the service in a program of the caller.

export { type JobQueueOptions, type OpenJobQueue, openJobQueue } from './job-queue.js';
export type { JobQueue, JobRequest, JobStatus } from './jobs.js';
export type { Limits } from './limits.js';
export type { ModelSource } from './model.js';
export { type Service, type ServiceOptions, startService } from './service.js';
