import { join } from 'node:path';
import { type AccountEvent, accountEventSchema } from './account-events.ts';
import { openJournal } from './journal.ts';
import { createKernelHistory } from './notebooks/kernel-history.ts';
import type { Outcome } from './scoring.ts';

/** A resumable upload session and, once complete, the blob behind its token. */
export type Upload = {
  uploadId: string;
  token: string;
  slug: string;
  fileName: string;
  contentLength: number;
  startedAt: Date;
  isComplete: boolean;
  /** Submission that used the token up. */
  usedBy: number | null;
};

export type Submission = {
  ref: number;
  slug: string;
  /** Which practice of the competition it belongs to, counted from 1. */
  practice: number;
  at: Date;
  fileName: string;
  sizeBytes: number;
  description: string;
  /** Null while a notebook is still to run on the hidden test set. */
  outcome: Outcome | null;
  /** The session whose notebook was handed in; null: a file was. */
  sessionId: number | null;
  /** The upload behind it; null: a notebook's output. */
  uploadId: string | null;
  /** False while it is shown as pending. */
  isSettled: boolean;
  /** Ticked to count at the end. */
  isSelected: boolean;
  /** Reads that were answered with "pending" since the arena started. */
  polls: number;
};

/** What the account did in one competition. */
export type Practice = { number: number; closedAt: Date | null; hasAcceptedRules: boolean };

/** First submission id; looks like those of the vendor, and is never mistaken for a row number. */
const firstRef = 60_000_001;

const fresh = { isSettled: false, isSelected: false, polls: 0 };

export type Account = ReturnType<typeof openAccount>;

/**
 * The arena's one account: everything that it did, kept in `<stateFolder>/journal.jsonl` and replayed at start.
 * @throws ConfigurationFailure `arena.bad_journal`
 */
export function openAccount(stateFolder: string) {
  const journal = openJournal(join(stateFolder, 'journal.jsonl'), accountEventSchema);
  const { uploads, submissions, practiceOf, apply: applyToCompetitions } = createHistory();
  const kernels = createKernelHistory();
  const apply = (event: AccountEvent): void => {
    applyToCompetitions(event);
    kernels.apply(event);
  };
  for (const event of journal.entries) apply(event);

  return {
    /** Writes the event down, then lets it happen. */
    record(event: AccountEvent): void {
      journal.append(event);
      apply(event);
    },
    practiceOf,
    kernels: kernels.view,
    upload: (uploadId: string): Upload | null => uploads.get(uploadId) ?? null,
    uploadOfToken: (token: string): Upload | null =>
      [...uploads.values()].find((upload) => upload.token === token) ?? null,
    submission: (ref: number): Submission | null => submissions.get(ref) ?? null,
    /** Submissions of the current practice, oldest first. */
    submissionsOf: (slug: string): Submission[] =>
      [...submissions.values()].filter(
        (submission) => submission.slug === slug && submission.practice === practiceOf(slug).number,
      ),
    /** Handed-in notebooks that still have to run on the hidden test set. */
    unjudged: (): Submission[] => [...submissions.values()].filter(({ outcome }) => outcome === null),
    nextRef: (): number => firstRef + submissions.size,
    close: (): void => journal.close(),
  };
}

function createHistory() {
  const uploads = new Map<string, Upload>();
  const submissions = new Map<number, Submission>();
  const practices = new Map<string, Practice>();

  const practiceOf = (slug: string): Practice => {
    const known = practices.get(slug);
    if (known !== undefined) return known;
    const first: Practice = { number: 1, closedAt: null, hasAcceptedRules: false };
    practices.set(slug, first);
    return first;
  };

  const apply = (event: AccountEvent): void => {
    switch (event.type) {
      case 'upload_started':
        uploads.set(event.uploadId, { ...event, startedAt: event.at, isComplete: false, usedBy: null });
        break;
      case 'upload_completed':
        change(uploads.get(event.uploadId), { isComplete: true });
        break;
      case 'submission_created': {
        const upload = uploads.get(event.uploadId);
        change(upload, { usedBy: event.ref });
        const { fileName = '', contentLength: sizeBytes = 0 } = upload ?? {};
        const practice = practiceOf(event.slug).number;
        submissions.set(event.ref, {
          ...event,
          practice,
          fileName,
          sizeBytes,
          sessionId: null,
          ...fresh,
        });
        break;
      }
      case 'code_submission_created': {
        const practice = practiceOf(event.slug).number;
        const unknownYet = { outcome: null, uploadId: null, sizeBytes: 0 };
        submissions.set(event.ref, { ...event, ...fresh, ...unknownYet, practice });
        break;
      }
      case 'code_submission_judged':
        change(submissions.get(event.ref), { outcome: event.outcome, sizeBytes: event.sizeBytes });
        break;
      case 'submission_settled':
        change(submissions.get(event.ref), { isSettled: true });
        break;
      case 'submissions_selected':
        for (const submission of submissions.values()) {
          if (submission.slug === event.slug) submission.isSelected = event.refs.includes(submission.ref);
        }
        break;
      case 'rules_accepted':
        change(practiceOf(event.slug), { hasAcceptedRules: true });
        break;
      case 'practice_closed':
        change(practiceOf(event.slug), { closedAt: event.at });
        break;
      case 'practice_opened': {
        const practice = practiceOf(event.slug);
        change(practice, { number: practice.number + 1, closedAt: null });
      }
    }
  };
  return { uploads, submissions, practiceOf, apply };
}

function change<T extends object>(target: T | undefined, fields: Partial<T>): void {
  if (target !== undefined) Object.assign(target, fields);
}
