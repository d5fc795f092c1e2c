/** One line of `doctor`. */
export type CheckResult = {
  status: 'ok' | 'warn' | 'error';
  message: string;
  /** What to do; null where nothing is. */
  next: string | null;
};
