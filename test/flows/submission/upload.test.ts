import { expect, test, vi } from 'vitest';
import type { FaultFunction } from '../../../src/arena/faults.ts';
import { Wait } from '../../../src/flows/support/wait.ts';
import {
  aTrainedCompetition,
  atVendor,
  type Planned,
  planFile,
  rowsOf,
  submitOnce,
} from '../../support/planned-submission.ts';

/** An arena that counts what it is asked, and cuts uploads as it is told. */
function counting(cut: (put: number) => boolean) {
  const calls = new Map<string, number>();
  const faults: FaultFunction = ({ method }) => {
    const count = (calls.get(method) ?? 0) + 1;
    calls.set(method, count);
    return method === 'storage.PUT' && cut(count) ? { kind: 'drop', afterBytes: 50 } : null;
  };
  return { faults, count: (method: string) => calls.get(method) ?? 0 };
}

const uploads = async ({ world }: Planned) =>
  (await world.pool.query<Record<string, unknown>>('select * from submission_uploads')).rows;

/** Each call is a process that knows nothing of the one before. */
async function sendToEnd(run: Planned): Promise<void> {
  await vi.waitFor(() => submitOnce(run), { timeout: 15_000, interval: 20 });
}

test('an upload that was cut off goes on in another process where it ended, in the same place', async () => {
  // The first process gives up after its three attempts; each attempt keeps 50 bytes more.
  const arena = counting((put) => put <= 5);
  const run = await aTrainedCompetition({ arena: { faults: arena.faults } });
  await planFile(run, { wrong: 3 });

  await expect(submitOnce(run)).rejects.toMatchObject({ kind: 'transient' });
  expect(await uploads(run)).toMatchObject([
    { url: expect.stringContaining('upload_id'), completed_at: null },
  ]);
  await sendToEnd(run);

  expect(arena.count('StartSubmissionUpload')).toBe(1);
  expect(await atVendor(run)).toHaveLength(1);
});

test('the address of the upload goes once the file is there, and everything once it is accepted', async () => {
  const run = await aTrainedCompetition({
    faults: [{ method: 'CreateSubmission', action: { kind: 'answer', status: 429 }, times: 3 }],
  });
  await planFile(run, { wrong: 3 });

  await expect(submitOnce(run)).rejects.toMatchObject({ kind: 'transient' });
  expect(await uploads(run)).toMatchObject([{ url: null, completed_at: expect.any(Date) }]);
  await sendToEnd(run);

  expect(await uploads(run)).toEqual([]);
  const listed = JSON.stringify(await rowsOf(run));
  expect(listed).not.toContain('upload_id');
  expect(listed).not.toContain('arena-blob');
});

test('a place that has expired is given up for a new one', async () => {
  const arena = counting((put) => put <= 5);
  let at = new Date('2026-11-22T00:00:00Z');
  const run = await aTrainedCompetition({ arena: { faults: arena.faults }, now: () => at });
  await planFile(run, { wrong: 3 });
  await expect(submitOnce(run)).rejects.toMatchObject({ kind: 'transient' });
  at = new Date('2026-11-30T00:00:00Z');

  await sendToEnd(run);

  expect(arena.count('StartSubmissionUpload')).toBe(2);
  expect(await atVendor(run)).toHaveLength(1);
});

test('a call that arrives after it counted as lost has spent the token: the repetition is refused, and it is found', async () => {
  const run = await aTrainedCompetition({
    // Later than the look that gave it up.
    faults: [{ method: 'CreateSubmission', action: { kind: 'delay', ms: 2_500 } }],
  });
  await planFile(run, { wrong: 3 });
  const story: string[] = [];
  await vi.waitFor(
    async () => {
      try {
        await submitOnce(run);
      } catch (error) {
        if (error instanceof Wait) story.push(error.message);
        throw error;
      }
    },
    { timeout: 20_000, interval: 50 },
  );

  expect(story).toContain('the vendor has nothing of it, sending again');
  await vi.waitFor(async () => expect(await atVendor(run)).toHaveLength(1), { timeout: 20_000 });
  expect((await rowsOf(run))[0]).toMatchObject({ status: 'accepted' });
});

test('a gate that a person can open refuses no file: the same one goes once it is open', async () => {
  const message = 'You must verify your phone number first.';
  const run = await aTrainedCompetition({
    faults: [{ method: 'CreateSubmission', action: { kind: 'answer', status: 403, message } }],
  });
  await planFile(run, { wrong: 3 });

  await expect(submitOnce(run)).rejects.toMatchObject({ code: 'kaggle.verification_required' });
  expect(await rowsOf(run)).toMatchObject([{ status: 'planned' }]);
  await sendToEnd(run);

  expect(await atVendor(run)).toHaveLength(1);
});
