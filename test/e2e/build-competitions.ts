import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findPython } from '../support/python.ts';

/** The competitions that ship are made once, before the tests that share them. */
export async function setup(): Promise<void> {
  const python = findPython();
  if (python === null) return;
  const program = join(import.meta.dirname, '../../script/launch.cjs');
  await promisify(execFile)(process.execPath, [program, 'arena', 'build', '--quiet'], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', KAGGLE_AGENT_PYTHON: python },
  });
}
