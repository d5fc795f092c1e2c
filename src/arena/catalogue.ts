import { metricNames, metricSpec } from '../domain/metrics/catalog.ts';
import { createRandom, type Random } from '../domain/random.ts';
import { type Competition, competitionFileSchema } from './competition-schema.ts';

const categories = [
  'Featured',
  'Research',
  'Recruitment',
  'Getting Started',
  'Playground',
  'Community',
] as const;
const rewards = ['Knowledge', 'Kudos', 'Swag', '$10,000', '$50,000', '$105,000', '$1,000,000'] as const;
const subjects = [
  'forest-cover',
  'store-sales',
  'patient-outcome',
  'bird-call',
  'credit-risk',
  'river-level',
] as const;
const hourMs = 3_600_000;

/**
 * Made-up competitions for lists: many pages of them cost nothing, since they have no data and no teams. A tenth has
 * ended, a tenth takes notebooks only, and about one in seven is joined.
 */
export function createCatalogue(count: number, now: Date): Competition[] {
  const random = createRandom('arena catalogue');
  return Array.from({ length: count }, (_, index) => madeUp(index, random, now));
}

function madeUp(index: number, random: Random, now: Date): Competition {
  const pick = <T>(list: readonly [T, ...T[]]): T => list[Math.floor(random() * list.length)] ?? list[0];
  const metricName = metricNames[Math.floor(random() * metricNames.length)] ?? 'accuracy';
  const name = metricName === 'map_at_k' ? 'accuracy' : metricName;
  const subject = pick(subjects);
  const slug = `${subject}-${String(index + 1).padStart(3, '0')}`;
  const hasEnded = index % 10 === 9;
  const deadline = new Date(
    now.getTime() + (hasEnded ? -1 : 1) * (24 + Math.floor(random() * 2000)) * hourMs,
  );
  const enabledAt = new Date(
    Math.min(now.getTime(), deadline.getTime()) - Math.floor(random() * 3000) * hourMs,
  );
  const file = competitionFileSchema.parse({
    slug,
    title: slug.replaceAll('-', ' ').replace(/^\w/, (letter) => letter.toUpperCase()),
    description: `Made up for lists: predict ${subject.replace('-', ' ')}.`,
    modality: 'tabular',
    task: 'regression',
    metric: { name },
    idColumn: 'id',
    targetColumns: ['target'],
    submissionColumns: ['target'],
    deadline: deadline.toISOString(),
    enabledAt: enabledAt.toISOString(),
    rulesAccepted: index % 7 === 0,
    category: pick(categories),
    reward: pick(rewards),
    dailySubmissions: 5,
    isKernelsOnly: index % 10 === 4,
    teamCount: Math.floor(random() * 5000),
  });
  return {
    ...file,
    folder: '',
    direction: metricSpec(name).direction,
    files: [],
    rerunFiles: [],
    trainRows: null,
    solution: { ids: [], columns: [], usage: [] },
    entrants: [],
    realScores: [],
    topics: [],
  };
}
