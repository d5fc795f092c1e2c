import type { NotebookAccelerator } from '../../domain/notebook.ts';

/** As of every call of the client. */
type CallOptions = { signal: AbortSignal };

/** A notebook at Kaggle: `https://www.kaggle.com/code/<owner>/<slug>`. */
export type NotebookRef = { owner: string; slug: string };

export type NewNotebook = NotebookRef & {
  /** Kaggle makes the slug of it, so it must be the slug's words. At least five characters. */
  title: string;
  /** The whole .ipynb. */
  text: string;
  accelerator: NotebookAccelerator;
  hasInternet: boolean;
  /** Of the session; Kaggle ends it then. */
  timeLimitSeconds: number;
  /** Slugs of competitions whose data are mounted below /kaggle/input. */
  competitions: readonly string[];
  /** `owner/slug` of notebooks whose output is mounted below /kaggle/input. */
  notebooks: readonly string[];
};

export type SavedNotebook = NotebookRef & { versionNumber: number; url: string };

export type NotebookState = {
  /** `missing`: Kaggle knows no session of it, which is usual for a while after a push. */
  status: 'missing' | 'queued' | 'running' | 'complete' | 'failed' | 'cancelled';
  /** Kaggle's words; often absent. */
  failureMessage: string | null;
};

export type NotebookLogLine = { stream: string; seconds: number; text: string };

export type NotebookOutput = { fileNames: readonly string[]; log: readonly NotebookLogLine[] };

/** Seconds of one account, of this week. */
export type AcceleratorQuota = {
  /** Null when Kaggle does not tell. */
  gpu: { usedSeconds: number; reservedSeconds: number; totalSeconds: number } | null;
  refreshAt: Date | null;
};

export type NewCodeSubmission = {
  notebook: NotebookRef;
  versionNumber: number;
  /** The output that Kaggle scores, usually `submission.csv`. */
  fileName: string;
  /** Holds our key, by which the submission is found again. */
  description: string;
};

/**
 * Notebooks in our words. Beside the codes of every call (see `KaggleClient`):
 * business: `kaggle.notebook_refused`, `.notebook_inputs`, `.notebook_missing`, `.notebook_too_slow`;
 * transient: `.notebook_sessions_full`, `.gpu_quota_used`, `.notebook_not_ready`, `.outcome_unknown`.
 */
export type NotebookCalls = {
  /**
   * Saves a notebook and runs it; not to be repeated blindly. Private always.
   * @throws TransientFailure `kaggle.outcome_unknown`: look it up by `findNotebook`; `.notebook_sessions_full` and
   * `.gpu_quota_used`: nothing happened, wait; BusinessFailure `kaggle.notebook_inputs`: saved, but without its data
   */
  saveNotebook(notebook: NewNotebook, options: CallOptions): Promise<SavedNotebook>;
  /** @returns null when our account can see none of this name */
  findNotebook(notebook: NotebookRef, options: CallOptions): Promise<SavedNotebook | null>;
  /** Of the latest version's run. */
  notebookStatus(notebook: NotebookRef, options: CallOptions): Promise<NotebookState>;
  /** What the latest run wrote and printed. */
  notebookOutput(notebook: NotebookRef, options: CallOptions): Promise<NotebookOutput>;
  /** @throws BusinessFailure `kaggle.not_found` when the run wrote no file of this name */
  downloadNotebookFile(
    notebook: NotebookRef,
    fileName: string,
    path: string,
    options: CallOptions & { maxBytes?: number },
  ): Promise<{ sizeBytes: number }>;
  acceleratorQuota(options: CallOptions): Promise<AcceleratorQuota>;
  /**
   * Hands a finished notebook in; Kaggle runs it again on the hidden test. Counts against the day, and must not be
   * repeated blindly: fails as `createSubmission` does, and with `kaggle.notebook_*`.
   */
  createCodeSubmission(
    slug: string,
    submission: NewCodeSubmission,
    options: CallOptions,
  ): Promise<{ ref: number }>;
};
