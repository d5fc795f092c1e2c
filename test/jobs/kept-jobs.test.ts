import { Queue } from 'bullmq';
import { describe, expect, onTestFinished, test } from 'vitest';
import { aJobWorld, backendNames, isMissing } from '../support/job-nodes.ts';
import { openQueues } from '../support/queue-place.ts';

describe.each(backendNames)('on %s', (backend) => {
  test.skipIf(isMissing(backend))('finished jobs are kept for as long as the settings say', async () => {
    const world = await aJobWorld(backend);
    const { queues, close } = await openQueues(world, { keepSeconds: { done: 7_200, failed: 36_000 } });
    onTestFinished(close);
    const options = { jobId: 'one' };

    await queues.add('research', 'research.plan', {}, options);
    await queues.addFlow({
      name: 'research.rank',
      queueName: 'research',
      opts: { jobId: 'join' },
      children: [{ name: 'research.query', queueName: 'research', opts: { jobId: 'each' } }],
    });

    const queue = queues.raw().find((raw): raw is Queue => raw instanceof Queue && raw.name === 'research');
    for (const id of ['one', 'join', 'each']) {
      expect((await queue?.getJob(id))?.opts).toMatchObject({
        removeOnComplete: { age: 7_200, count: 200 },
        removeOnFail: { age: 36_000, count: 500 },
      });
    }
  });
});
