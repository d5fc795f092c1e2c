/** What kind of fault ended a script; decides what whoever mends it is told. */
export const failureClasses = [
  'syntax',
  'missing_package',
  'missing_file',
  'schema',
  'api_drift',
  'out_of_memory',
  'time_limit',
  'stuck',
  'shared_memory',
  'not_a_number',
  'missing_output',
  'wrong_output',
  'leak',
  'too_good',
  'forbidden',
  'unknown',
] as const;
export type FailureClass = (typeof failureClasses)[number];

type Rule = { found: FailureClass; pattern: RegExp };

/** By what the host says of it: the check that stopped it, the class of the run's end. */
const byReason: readonly Rule[] = [
  { found: 'leak', pattern: /\bcheck (?:leaks|review)\b|\bleak/i },
  { found: 'too_good', pattern: /too good|suspicious(?:ly)? (?:good|score)/i },
  { found: 'forbidden', pattern: /may not go outside/i },
  {
    found: 'missing_package',
    pattern: /which is not installed|install_failed|not on the list|check requirements/i,
  },
  { found: 'syntax', pattern: /does not compile|\bcheck (?:compile|lint)\b/i },
  { found: 'out_of_memory', pattern: /out[_ ]of[_ ]memory|memory_estimate|ran out of memory/i },
  { found: 'stuck', pattern: /script was stuck/i },
  { found: 'time_limit', pattern: /time[_ ]limit|time_estimate|took longer|timed out/i },
  { found: 'wrong_output', pattern: /\bcheck output_(?:format|tests)\b|folds_sha256|host's folds/i },
  { found: 'missing_output', pattern: /missing_output|was not written|wrote no |is missing/i },
];

/** By the output of the script; the exception that ended it counts before what came earlier. */
const byException: readonly Rule[] = [
  { found: 'out_of_memory', pattern: /CUDA out of memory|OutOfMemoryError|MemoryError|Unable to allocate/i },
  { found: 'shared_memory', pattern: /bus error|shared memory|\/dev\/shm|DataLoader worker .* killed/i },
  { found: 'missing_package', pattern: /ModuleNotFoundError|No module named/ },
  { found: 'missing_file', pattern: /FileNotFoundError|IsADirectoryError|No such file or directory/ },
  { found: 'syntax', pattern: /SyntaxError|IndentationError|TabError/ },
  {
    found: 'api_drift',
    pattern:
      /unexpected keyword argument|got multiple values for|cannot import name|has no attribute|DeprecationWarning|FutureWarning|was (?:deprecated|removed)|ImportError/,
  },
  {
    found: 'forbidden',
    pattern: /PermissionError|Network is unreachable|Name or service not known|URLError/,
  },
  {
    found: 'not_a_number',
    pattern: /contains NaN|Input X contains|inf(?:inity)? or a value too large|loss is nan/i,
  },
  { found: 'schema', pattern: /KeyError|not in index|could not convert string|Length mismatch|dtype|shape/i },
];

/**
 * The class of a failure from what the host and the script said; `unknown` where neither says enough.
 * @param failure.reason the host's sentence
 * @param failure.output the end of the script's output: text from outside, only looked at
 */
export function classifyFailure({ reason, output }: { reason: string; output: string }): FailureClass {
  const said = byReason.find(({ pattern }) => pattern.test(reason))?.found;
  if (said !== undefined) return said;
  const exception = lastException(output);
  const found =
    byException.find(({ pattern }) => pattern.test(exception)) ??
    byException.find(({ pattern }) => pattern.test(output.slice(-4_000)));
  return found?.found ?? 'unknown';
}

/** The line of an output that names the exception which ended it; empty where none did. */
export function lastException(output: string): string {
  const lines = output.split('\n');
  return (
    lines.findLast((line) => /^[A-Za-z_][\w.]*(?:Error|Exception|Warning|Interrupt|Exit)\b/.test(line)) ?? ''
  );
}

/** What helps against each class, for whoever mends it. */
export const failureAdvice: Readonly<Record<FailureClass, string>> = {
  syntax:
    'Write valid Python for the version of the environment; check brackets, quotes and indentation of the whole file.',
  missing_package:
    'Use only packages that the environment card lists as installed; do the same without the missing one.',
  missing_file:
    'Only the files of the contract exist, in the folder given by --data. Read those, by those names.',
  schema:
    'Look at the data card for the columns that file really has; do not assume columns, dtypes or encodings.',
  api_drift:
    'The installed version has another interface. Use the one of that version; the version notes may name it.',
  out_of_memory:
    'Take less memory: smaller dtypes, fewer or sparse features, chunks, smaller batches. Do not hold copies.',
  time_limit:
    'Do less work: fewer iterations or models, stop early, and watch --time-limit. Never run it unchanged.',
  stuck:
    'It waited for what never came: a lock, a worker that ended, an input. Work in one process (n_jobs=1, num_workers=0).',
  shared_memory: 'Load data in the main process: num_workers=0.',
  not_a_number:
    'Find where the values that are not finite come from; fill or clip them, lower the learning rate, use float32.',
  missing_output: 'Write every file of the contract in every kind of run, with --debug too.',
  wrong_output:
    'Read the contract again: columns, their order, row keys, one row each, finite numbers, folds as given.',
  leak: 'Remove the leak itself: fit everything that learns on the training rows of each fold alone, labels never in features.',
  too_good: 'A score this good is nearly always a leak: find what tells the label, and leave it out.',
  forbidden:
    'A script works with the files of its data folder only: no network, no other folders, no environment.',
  unknown: 'Read the traceback from its end, find the cause, and mend the cause rather than the symptom.',
};
