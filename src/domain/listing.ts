import { z } from 'zod';
import { competitionModalities } from './feasibility.ts';
import { metricFromText, otherMetricFromText } from './metrics/catalog.ts';
import { normaliseMetricText } from './metrics/metric-text.ts';

/** A competition as the vendor's list shows it, as far as it is judged; what is missing was not told. */
export const listedDetailsSchema = z.looseObject({
  url: z.string().optional(),
  description: z.string().default(''),
  category: z.string().nullish(),
  reward: z.string().nullish(),
  tags: z.array(z.string()).default([]),
  launchedAt: z.string().nullish(),
  deadline: z.string().nullish(),
  newEntrantDeadline: z.string().nullish(),
  evaluationMetric: z.string().nullish(),
  maxDailySubmissions: z.number().nullish(),
  teamCount: z.number().default(0),
  userHasEntered: z.boolean().default(false),
  rank: z.number().nullish(),
  awardsPoints: z.boolean().default(false),
  takesNotebooksOnly: z.boolean().default(false),
  submissionsDisabled: z.boolean().default(false),
});
export type ListedDetails = z.output<typeof listedDetailsSchema>;

/** What the pages and the file list of a competition tell of it. */
export const listingFactsSchema = z.looseObject({
  dataBytes: z.number(),
  fileCount: z.number().int(),
  modality: z.enum(competitionModalities).catch('unknown'),
  /** There is a file that shows how to submit. */
  hasSample: z.boolean(),
  /** A metric that the evaluation page names; only where the list names none. */
  pageMetric: z.string().nullable(),
});
export type ListingFacts = z.output<typeof listingFactsSchema>;

/** How our account stands in a competition. */
export const participationSchema = z.object({
  hasEntered: z.boolean().catch(false),
  teamName: z.string().nullable().catch(null),
  rank: z.number().int().nullable().catch(null),
  teams: z.number().int().nullable().catch(null),
  submissionsLeft: z.number().int().nullable().catch(null),
  submissionsUsed: z.number().int().nullable().catch(null),
  /** When the two were read; they count anew at midnight UTC. */
  limitsReadAt: z.coerce.date().nullable().catch(null),
  /** When they were asked for, also where that was refused. */
  limitsTriedAt: z.coerce.date().optional().catch(undefined),
});
export type Participation = z.output<typeof participationSchema>;

/** Something about a competition that is not as it was. */
export const changeSchema = z.object({
  what: z.string(),
  old: z.unknown().optional(),
  new: z.unknown().optional(),
});
export type Change = z.output<typeof changeSchema>;

/** What is noticed when it changes, by the name that it is told with. */
export const watchedFields = [
  'deadline',
  'entryDeadline',
  'metric',
  'reward',
  'submissions',
  'notebooksOnly',
  'dailySubmissions',
] as const;
export type WatchedField = (typeof watchedFields)[number];

export function watchedOf(details: ListedDetails): Record<WatchedField, unknown> {
  return {
    deadline: details.deadline ?? null,
    entryDeadline: details.newEntrantDeadline ?? null,
    metric: details.evaluationMetric ?? null,
    reward: details.reward ?? null,
    submissions: !details.submissionsDisabled,
    notebooksOnly: details.takesNotebooksOnly,
    dailySubmissions: details.maxDailySubmissions ?? null,
  };
}

/** What makes a suggestion worth another one: a different end or prize. */
export function suggestionKeyOf({ deadline, reward }: ListedDetails): string {
  return JSON.stringify([deadline ?? null, reward ?? null]).slice(0, 300);
}

const imageTypes = /^(?:png|jpe?g|tiff?|bmp|gif|webp)$/;
const scienceTypes = /^(?:dcm|dicom|nii|npy|npz|h5|hdf5|zarr|pdb|cif|mrc|ply|las|glb)$/;
const audioTypes = /^(?:wav|mp3|ogg|flac|m4a|aac)$/;
const tableTypes = /^(?:csv|tsv|parquet|feather|zip|json|jsonl|xlsx)$/;

const words: readonly [RegExp, (typeof competitionModalities)[number]][] = [
  [/\b(?:simulations?|reinforcement learning|game ai|agents? compete)\b/, 'simulation'],
  [
    /\b(?:segmentation|object detection|instance segmentation|denois\w*|super.?resolution|translation|seq2seq)\b/,
    'dense_output',
  ],
  [/\b(?:3d|point clouds?|molecul\w*|protein|rna|graph neural|physics|geometry|tomograph\w*)\b/, 'science'],
  [/\b(?:llm|language model generation|text generation|generative|prompt\w*|reasoning)\b/, 'text_generation'],
  [/\b(?:image|images|computer vision|photos?|x-?rays?)\b/, 'image'],
  [/\b(?:audio|sounds?|speech|bird ?calls?)\b/, 'audio'],
  [/\b(?:time.series|forecast\w*)\b/, 'time_series'],
  [/\b(?:nlp|text|tweets?|essays?|reviews?|spam|sentiment)\b/, 'text'],
  [/\b(?:tabular|regression|binary classification|multiclass classification)\b/, 'tabular'],
];

/**
 * What kind of data a competition is about: by its own words first where they name a task that files do not show, then
 * by its files, then by its words.
 * @param types file extensions in lower case, with how many files there are of each; null where they were not read
 */
export function modalityOf(
  text: string,
  types: readonly { extension: string; fileCount: number }[] | null,
): (typeof competitionModalities)[number] {
  const lower = text.toLowerCase();
  const named = words.find(([form]) => form.test(lower))?.[1] ?? null;
  if (named === 'simulation' || named === 'dense_output' || named === 'text_generation') return named;
  if (types === null || types.length === 0) return named ?? 'unknown';
  const count = (form: RegExp) =>
    types.filter(({ extension }) => form.test(extension)).reduce((sum, { fileCount }) => sum + fileCount, 0);
  // A picture or two may belong to the description of the data.
  const some = 5;
  if (count(imageTypes) >= some) return named === 'science' ? 'science' : 'image';
  if (count(audioTypes) >= some) return 'audio';
  if (count(scienceTypes) > 0) return 'science';
  const isTable = count(tableTypes) > 0;
  if (named === 'text' || named === 'time_series' || named === 'science') return named;
  return isTable ? 'tabular' : (named ?? 'unknown');
}

const sampleName =
  /(?:^|\/)[^/]*(?:sample|example)[^/]*subm[^/]*$|(?:^|\/)[^/]*subm[^/]*(?:sample|example|format)[^/]*$/i;

export function isSampleName(name: string): boolean {
  return sampleName.test(name);
}

/** How well the metric can be computed here: by the list's name of it, else by the page's words. */
export function metricKnown(
  { evaluationMetric }: Pick<ListedDetails, 'evaluationMetric'>,
  pageMetric: string | null,
): 'exact' | 'approximated' | 'unknown' {
  const text = evaluationMetric || pageMetric || '';
  if (metricFromText(text) !== null) return 'exact';
  const other = otherMetricFromText(text);
  const isNear = other === null ? isVariation(text) : other.surrogate !== null;
  return isNear ? 'approximated' : 'unknown';
}

/** A metric of ours with a word before it that makes another one of it: `Weighted Log Loss`. */
function isVariation(text: string): boolean {
  const all = normaliseMetricText(text).split(' ');
  return all.some((_, index) => index > 0 && metricFromText(all.slice(index).join(' ')) !== null);
}
