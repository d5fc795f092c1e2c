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
  return candidates.find((python) => python !== undefined && python !== '' && canImport(python)) ?? null;
}

function canImport(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import pandas, sklearn'], { stdio: 'ignore', timeout: PROBE_TIMEOUT_MS });
    return true;
  } catch {
    return false;
  }
}
