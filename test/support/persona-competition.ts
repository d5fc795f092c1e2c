import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const trainRows = 90;
const testRows = 40;

/** A competition in the form of the practice arena: whether x is over three, told wrongly now and then; z says nothing. */
export async function writePersonaCompetition(
  folder: string,
  { slug, title }: { slug: string; title: string },
): Promise<void> {
  await mkdir(join(folder, 'public'), { recursive: true });
  await mkdir(join(folder, 'private'), { recursive: true });
  const file = {
    slug,
    title,
    description: 'Say whether x is over three.\n\n## Evaluation\nSubmissions are judged by accuracy.',
    modality: 'tabular',
    task: 'binary',
    metric: { name: 'accuracy', direction: 'maximize' },
    idColumn: 'id',
    targetColumns: ['y'],
    submissionColumns: ['y'],
    deadline: null,
    dailySubmissions: 3,
  };
  await writeFile(join(folder, 'competition.json'), JSON.stringify(file));
  const rowOf = (id: number) => {
    const x = (id * 5) % 7;
    return { id, x, z: (id * 3) % 4, y: x > 3 !== (id % 9 === 0) ? 1 : 0 };
  };
  const train = Array.from({ length: trainRows }, (_, index) => rowOf(index));
  const test = Array.from({ length: testRows }, (_, index) => rowOf(1_000 + index));
  const write = (name: string, lines: readonly string[]) =>
    writeFile(join(folder, name), `${lines.join('\n')}\n`);
  await write('public/train.csv', ['id,x,z,y', ...train.map(({ id, x, z, y }) => `${id},${x},${z},${y}`)]);
  await write('public/test.csv', ['id,x,z', ...test.map(({ id, x, z }) => `${id},${x},${z}`)]);
  await write('public/sample_submission.csv', ['id,y', ...test.map(({ id }) => `${id},0`)]);
  await write('private/solution.csv', [
    'id,y,Usage',
    ...test.map(({ id, y }) => `${id},${y},${id % 2 === 0 ? 'Public' : 'Private'}`),
  ]);
}
