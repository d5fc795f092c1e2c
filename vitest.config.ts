import { defineConfig } from 'vitest/config';
import { SlowFirst } from './test/support/slow-first.ts';

/** `npm test` leaves out the end-to-end tests, which take minutes; `vitest run --project e2e` runs them. */
export default defineConfig({
  test: {
    pool: 'forks',
    // No module keeps state, so the files of a worker share them: loading them anew for each takes a quarter of the time.
    isolate: false,
    // Each worker may start Python and talk to the same Postgres.
    maxWorkers: 2,
    sequence: { sequencer: SlowFirst },
    // The usual second is too short for a machine that is busy.
    expect: { poll: { timeout: 20_000 } },
    // A rejected promise that nobody awaited is a bug of ours, so it fails the run.
    dangerouslyIgnoreUnhandledErrors: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'main',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts', 'test/e2e/build-competitions.ts'],
          testTimeout: 900_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
