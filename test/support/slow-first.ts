import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Small files that take long. Where nothing is known of earlier runs they would come last, and run alone. */
const slow = [
  'e2e/readme',
  'e2e/kill',
  'e2e/run',
  'e2e/roles',
  'e2e/supabase',
  'e2e/page-agent',
  'flows/gpu/campaign',
  'flows/gpu/emulated',
  'flows/personas/faulty-code',
  'arena/datasets',
  'bot/storm',
  'app/connect-terminal',
];

/** The order of the test files: those of the list before all others. Vitest asks for a class. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = new Map(files.map((file) => [file, rankOf(file)]));
    const ordered = await super.sort(files);
    return ordered.toSorted((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const found = slow.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return found === -1 ? slow.length : found;
}
