import { z } from 'zod';
import type { Lines, OpenedRun, RowValue, RunBatch, RunTracker, TrackedRun } from './contract.ts';
import { createWandbCalls, type WandbCalls, type WandbOptions } from './wandb-calls.ts';
import { noAccessFailure } from './wandb-failure.ts';
import { encodeRow, fitLine, packLines, parseLooseJson, plainValuesOf } from './wandb-lines.ts';
import { historyQuery, runsQuery, stopMutation, upsertMutation, viewerQuery } from './wandb-queries.ts';

/** Source: wandb.ai refuses longer ones. */
const longestTag = 64;
const longestDisplayName = 128;
const pageSize = 50;
/** More runs of one group are not looked at. */
const mostPages = 8;
const longestLogLine = 20_000;

const viewerAnswer = z.object({
  viewer: z.object({ entity: z.string().nullish(), username: z.string().nullish() }).nullable(),
});
const upsertAnswer = z.object({
  upsertBucket: z.object({
    bucket: z.object({
      id: z.string().min(1),
      name: z.string().min(1),
      project: z.object({ name: z.string(), entity: z.object({ name: z.string() }) }),
    }),
    inserted: z.boolean().nullish(),
  }),
});
const stopAnswer = z.object({ stopRun: z.object({ success: z.boolean().nullish() }).nullable() });
const runNode = z.object({
  name: z.string(),
  displayName: z.string().nullish(),
  state: z.string().nullish(),
  group: z.string().nullish(),
  summaryMetrics: z.string().nullish(),
  historyLineCount: z.number().nullish(),
});
const runsAnswer = z.object({
  project: z
    .object({
      runs: z.object({
        edges: z.array(z.object({ node: runNode })),
        pageInfo: z.object({ endCursor: z.string().nullish(), hasNextPage: z.boolean() }),
      }),
    })
    .nullable(),
});
const historyAnswer = z.object({
  project: z
    .object({ run: z.object({ sampledHistory: z.array(z.array(z.unknown())) }).nullable() })
    .nullable(),
});

type Place = { entity: string; project: string };

/**
 * Weights & Biases over its own wire: GraphQL for runs, the file stream for what they tell. Its npm package loses what a
 * 5xx answers, and knows no resuming, so it is not used.
 */
export function createWandbTracker(options: WandbOptions): RunTracker {
  const calls = createWandbCalls(options);
  let own: string | null = options.entity;

  /** The entity that a run without one belongs to. */
  async function entityOf(signal: AbortSignal): Promise<string> {
    own ??= (await viewer(calls, signal))?.entity ?? null;
    return own ?? calls.refuse();
  }

  const placeOf = async (signal: AbortSignal): Promise<Place> => {
    return { entity: await entityOf(signal), project: options.project };
  };
  const linkOf = ({ entity, project }: Place, runId: string) =>
    `${options.appUrl}/${[entity, project].map(encodeURIComponent).join('/')}/runs/${encodeURIComponent(runId)}`;

  return {
    name: 'wandb',

    async open(run, { signal }): Promise<OpenedRun> {
      const place = await placeOf(signal);
      const variables = {
        name: run.id,
        project: place.project,
        entity: place.entity,
        group: run.group,
        jobType: run.jobType,
        displayName: run.displayName.slice(0, longestDisplayName),
        tags: run.tags.map((tag) => tag.slice(0, longestTag)),
        config: configText(run.config),
      };
      const answer = await calls.graphql('UpsertBucket', upsertMutation, variables, upsertAnswer, signal);
      const { bucket, inserted } = answer.upsertBucket;
      // The service has the last word about names.
      own = bucket.project.entity.name;
      const made = { entity: bucket.project.entity.name, project: bucket.project.name };
      return { storageId: bucket.id, url: linkOf(made, bucket.name), isNew: inserted === true };
    },

    async append(runId, batch, { signal }) {
      const place = { ...(await placeOf(signal)), runId };
      let isStopAsked = false;
      for (const files of requestsOf(batch)) {
        isStopAsked = (await calls.lines(place, { files }, signal)).isStopAsked || isStopAsked;
      }
      return { isStopAsked };
    },

    async finish(runId, exitCode, { signal }) {
      const place = { ...(await placeOf(signal)), runId };
      await calls.lines(place, { complete: true, exitcode: exitCode }, signal);
    },

    async stop(storageId, { signal }) {
      await calls.graphql('StopRun', stopMutation, { id: storageId }, stopAnswer, signal);
    },

    ...readsOf(calls, placeOf, linkOf),

    link: (runId) => (own === null ? null : linkOf({ entity: own, project: options.project }, runId)),

    async whoAmI({ signal }) {
      const found = await viewer(calls, signal);
      return found === null ? null : { username: found.username ?? '', entity: found.entity ?? null };
    },

    problem: () => calls.problem(),
  };
}

type LinkOf = (place: Place, runId: string) => string;

function readsOf(
  calls: WandbCalls,
  placeOf: (signal: AbortSignal) => Promise<Place>,
  linkOf: LinkOf,
): Pick<RunTracker, 'compare' | 'history'> {
  return {
    async compare(group, { signal }) {
      const place = await placeOf(signal);
      const runs: TrackedRun[] = [];
      let after: string | null = null;
      for (let page = 0; page < mostPages; page += 1) {
        const filters = JSON.stringify({ group });
        const variables = { ...place, filters, first: pageSize, after };
        const found: z.output<typeof runsAnswer> = await calls.graphql(
          'Runs',
          runsQuery,
          variables,
          runsAnswer,
          signal,
        );
        if (found.project === null) throw noAccessFailure(`${place.entity}/${place.project}`);
        const { edges, pageInfo } = found.project.runs;
        runs.push(...edges.map(({ node }) => trackedRun(node, linkOf(place, node.name))));
        after = pageInfo.endCursor ?? null;
        if (!pageInfo.hasNextPage || after === null) break;
      }
      return runs;
    },

    async history(runId, { keys, samples }, { signal }) {
      const place = await placeOf(signal);
      const specs = [JSON.stringify({ keys, samples })];
      const variables = { ...place, name: runId, specs };
      const { project } = await calls.graphql(
        'SampledHistory',
        historyQuery,
        variables,
        historyAnswer,
        signal,
      );
      return (project?.run?.sampledHistory[0] ?? []).map(plainValuesOf);
    },
  };
}

async function viewer(calls: WandbCalls, signal: AbortSignal) {
  return (await calls.graphql('Viewer', viewerQuery, {}, viewerAnswer, signal)).viewer;
}

/** Each key is wrapped on the wire. Source: wandb core/internal/runconfig, Serialize. */
function configText(config: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(config).map(([key, value]) => [key, { value }] as const);
  return JSON.stringify({ ...Object.fromEntries(entries), _wandb: { value: {} } });
}

type Files = Record<string, { offset: number; content: string[] }>;

/** A batch as requests of a size that the service takes; an empty one is one empty request. */
function requestsOf(batch: RunBatch): Files[] {
  const requests = [
    ...rowRequests('wandb-history.jsonl', batch.history),
    ...rowRequests('wandb-events.jsonl', batch.system),
    ...(batch.log === undefined
      ? []
      : packLines(batch.log.offset, batch.log.lines.map(fitLogLine)).map((pack) => ({ 'output.log': pack }))),
    ...(batch.summary === undefined
      ? []
      : [{ 'wandb-summary.json': { offset: 0, content: [encodeRow(batch.summary)] } }]),
  ];
  if (requests.length <= 1) return [requests[0] ?? {}];
  // Small ones go together: there are few requests a second for one run.
  const isSmall = requests.every((files) => JSON.stringify(files).length < smallRequestBytes);
  const names = new Set(requests.flatMap(Object.keys));
  return isSmall && names.size === requests.length ? [Object.assign({}, ...requests)] : requests;
}

const smallRequestBytes = 1_000_000;

function rowRequests(file: string, rows: Lines<Readonly<Record<string, RowValue>>> | undefined): Files[] {
  if (rows === undefined || rows.lines.length === 0) return [];
  const lines = rows.lines.map((row) => fitLine(encodeRow(row), () => encodeRow(shortened(row))));
  return packLines(rows.offset, lines).map((pack) => ({ [file]: pack }));
}

/** Its step and its times alone. */
function shortened(row: Readonly<Record<string, RowValue>>): Record<string, RowValue> {
  const kept = Object.entries(row).filter(([name]) => name.startsWith('_'));
  return { ...Object.fromEntries(kept), left_out: 'the line was too long' };
}

function fitLogLine(line: string): string {
  return line.length <= longestLogLine ? line : `${line.slice(0, longestLogLine)} …`;
}

function trackedRun(node: z.output<typeof runNode>, url: string): TrackedRun {
  const { name, displayName, state, group, summaryMetrics, historyLineCount } = node;
  return {
    runId: name,
    displayName: displayName ?? name,
    state: state ?? 'unknown',
    group: group ?? null,
    summary: plainValuesOf(parseLooseJson(summaryMetrics ?? '{}')),
    historyLines: historyLineCount ?? null,
    url,
  };
}
