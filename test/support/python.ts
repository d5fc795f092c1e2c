import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

const PROBE_TIMEOUT_MS = 60_000;

/**
 * The first Python that imports pandas and scikit-learn: the one that KAGGLE_AGENT_PYTHON names, the project's
 * virtual environment, `python3` on the PATH, the system's. Null where none does.
 */
export function findPython(): string | null {
  found ??= { python: searchPython() };
  return found.python;
}

/** Looked for once per test file: the imports take seconds. */
let found: { python: string | null } | null = null;

function searchPython(): string | null {
  const candidates = [
    process.env.KAGGLE_AGENT_PYTHON,
    resolve(import.meta.dirname, '../../.venv/bin/python'),
    'python3',
    '/usr/bin/python3',
  ];
  for (const python of candidates) {
    const path = python === undefined || python === '' ? null : pathOf(python);
    if (path !== null) return path;
  }
  return null;
}

/** Where it is, since a sandbox looks nothing up on the PATH; null where it lacks what training needs. */
function pathOf(python: string): string | null {
  const words = ['-c', 'import sys, pandas, sklearn; print(sys.executable)'];
  try {
    const said = execFileSync(python, words, {
      stdio: ['ignore', 'pipe', 'ignore'],
      encoding: 'utf8',
      timeout: PROBE_TIMEOUT_MS,
    });
    return said.trim();
  } catch {
    return null;
  }
}
