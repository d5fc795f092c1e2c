/**
 * A process that watches for its own crashes. Arguments: the folder of the notes, and how it ends: `within` a run,
 * `outside` of any, by a `rejection` that nobody handles within one, or `stopped` watching before. `hang` waits to
 * be killed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { watchForCrashes } from '../../src/infra/crash-notes.ts';

const [, , folder = '', mode = ''] = process.argv;
const run = { id: '0190c7a0-0000-7000-8000-000000000001', job: 'research.plan' };
const watch = watchForCrashes({
  folder,
  now: () => new Date(),
  clean: (text) => text.replaceAll('hunter2', '[redacted]'),
});
const fail = (): never => {
  throw new Error('broken with hunter2');
};

if (mode === 'within') watch.within(run, () => void setTimeout(fail, 10));
if (mode === 'outside') setTimeout(fail, 10);
if (mode === 'rejection') {
  watch.within(run, () => {
    void (async () => {
      await sleep(10);
      fail();
    })();
  });
}
if (mode === 'stopped') {
  watch.stop();
  fail();
}
if (mode === 'hang') {
  process.stdout.write('watching\n');
  setInterval(() => undefined, 1_000);
}
