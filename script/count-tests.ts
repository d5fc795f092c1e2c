import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * Adds up vitest's own reports and prints one closing line. Exit 1 where a test failed, none ran, or a file
 * failed before its tests began.
 */
const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

const reports = process.argv.slice(2).map((file) => report.parse(JSON.parse(readFileSync(file, 'utf8'))));
const sum = (count: (one: z.output<typeof report>) => number): number =>
  reports.reduce((total, one) => total + count(one), 0);

const passed = sum((one) => one.numPassedTests);
const brokenFiles = sum(
  (one) =>
    one.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length,
);
const failed = sum((one) => one.numFailedTests) + brokenFiles;
const skipped = sum((one) => one.numPendingTests + one.numTodoTests);

console.log(`tests: ${passed} passed, ${failed} failed, ${skipped} skipped`);
if (failed > 0 || passed === 0) process.exitCode = 1;
