/**
 * What a process does. `bot` talks in the chats, `worker` takes jobs, `scheduler` registers the periodic tasks,
 * `ops` serves the pages of the queues. Workers and schedulers move events into the queues.
 */
export const processRoles = ['bot', 'worker', 'scheduler', 'ops'] as const;
export type ProcessRole = (typeof processRoles)[number];

/** Queues that a worker may be told to take jobs from. */
export const workQueues = ['discovery', 'research', 'codegen', 'gpu', 'submission', 'human'] as const;
export type WorkQueue = (typeof workQueues)[number];
