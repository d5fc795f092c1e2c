import type { FaultAction } from '../../src/arena/faults.ts';
import { createRandom } from '../../src/domain/random.ts';

export type PlannedFault = { method: string; skip: number; action: FaultAction };
export type When = 'before' | 'during' | 'after';
export type Crash = { call: string; skip: number; when: When };

/** Every call that a submission makes, in its order. */
const steps = [
  'list_submissions',
  'submissionLimits',
  'read_submission_upload',
  'objects.get',
  'startUpload',
  'store_submission_upload',
  'uploadFile',
  'complete_submission_upload',
  'mark_submission_sent',
  'createSubmission',
  'accept_submission',
  'listSubmissions',
  'note_submission_unseen',
] as const;
const moments: readonly When[] = ['before', 'during', 'after'];

const losses: readonly { method: string; action: FaultAction }[] = [
  { method: 'GetSubmissionLimits', action: { kind: 'drop' } },
  { method: 'StartSubmissionUpload', action: { kind: 'drop' } },
  { method: 'StartSubmissionUpload', action: { kind: 'drop', when: 'after' } },
  { method: 'StartSubmissionUpload', action: { kind: 'answer', status: 503 } },
  { method: 'storage.PUT', action: { kind: 'drop' } },
  { method: 'storage.PUT', action: { kind: 'drop', afterBytes: 30 } },
  { method: 'storage.PUT', action: { kind: 'drop', when: 'after' } },
  { method: 'storage.PUT', action: { kind: 'answer', status: 503 } },
  { method: 'storage.PUT', action: { kind: 'answer', status: 410 } },
  { method: 'CreateSubmission', action: { kind: 'drop' } },
  { method: 'CreateSubmission', action: { kind: 'drop', when: 'after' } },
  { method: 'CreateSubmission', action: { kind: 'answer', status: 500 } },
  { method: 'CreateSubmission', action: { kind: 'answer', status: 502, body: '<html>', when: 'after' } },
  { method: 'CreateSubmission', action: { kind: 'answer', status: 200, body: '{}', when: 'after' } },
  {
    method: 'CreateSubmission',
    action: { kind: 'answer', status: 429, headers: { 'retry-after': '0.05' } },
  },
  { method: 'CreateSubmission', action: { kind: 'hang', when: 'after' } },
  // arrives while it is looked for, and after it counted as lost
  { method: 'CreateSubmission', action: { kind: 'delay', ms: 350 } },
  { method: 'CreateSubmission', action: { kind: 'delay', ms: 1_500 } },
  { method: 'ListSubmissions', action: { kind: 'drop' } },
  { method: 'ListSubmissions', action: { kind: 'answer', status: 500 } },
  { method: 'ListSubmissions', action: { kind: 'answer', status: 200, body: '{}' } },
];

/** The first thing that goes wrong goes through all of them by the seed; others join it by chance. */
export function planOf(seed: number) {
  const random = createRandom(`submission-${seed}`);
  const pick = <T>(list: readonly T[]): T => {
    const found = list[Math.floor(random() * list.length)];
    if (found === undefined) throw new Error('an empty list');
    return found;
  };
  const crashOf = (index: number): Crash => ({
    call: steps[index % steps.length] ?? steps[0],
    when: moments[Math.floor(index / steps.length) % moments.length] ?? 'before',
    skip: 0,
  });
  const kinds = steps.length * moments.length;
  const first = (seed * 7) % (kinds + losses.length);
  const crashes = first < kinds ? [crashOf(first)] : [];
  const loss = losses[first - kinds];
  const faults = loss === undefined ? [] : [{ ...loss, skip: 0 }];
  for (let count = Math.floor(random() * 3); count > 0; count--) {
    if (random() < 0.5)
      crashes.push({ ...crashOf(Math.floor(random() * kinds)), skip: random() < 0.3 ? 1 : 0 });
    else faults.push({ ...pick(losses), skip: random() < 0.3 ? 1 : 0 });
  }
  const workers = random() < 0.25 ? 2 : 1;
  const text = [
    ...crashes.map(({ call, when }) => `crash ${when} ${call}`),
    ...faults.map(({ method, action }) => `${method}: ${JSON.stringify(action)}`),
    `${workers} at once`,
  ].join('; ');
  return { crashes, faults, workers, text };
}
