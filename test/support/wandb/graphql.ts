import { buildSchema, type ExecutionResult, graphql } from 'graphql';
import { z } from 'zod';
import { parseExtended } from './file-stream.ts';
import { wandbSchema } from './schema.ts';
import { WandbRefusal, type WandbRun, type WandbWorld } from './world.ts';

const schema = buildSchema(wandbSchema);

const requestSchema = z.strictObject({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).default({}),
  operationName: z.string().optional(),
});
const upsertInput = z.object({
  name: z.string().regex(/^[a-z0-9-]{1,64}$/),
  modelName: z.string(),
  entityName: z.string().nullish(),
  groupName: z.string().nullish(),
  jobType: z.string().nullish(),
  displayName: z.string().max(128).nullish(),
  tags: z.array(z.string().min(1).max(64)).nullish(),
  config: z.string().nullish(),
});
const wrapped = z.record(z.string(), z.strictObject({ value: z.unknown(), desc: z.string().optional() }));
const groupFilter = z.strictObject({ group: z.string() });

export type Account = { username: string; entity: string };

/** What a query asks for is answered, and nothing else; what the schema does not know is refused. */
export async function answerGraphql(
  world: WandbWorld,
  account: Account,
  features: readonly string[],
  body: Buffer,
): Promise<ExecutionResult> {
  const { query, variables, operationName } = requestSchema.parse(JSON.parse(body.toString('utf8')));
  const rootValue = rootOf(world, account, features);
  const result = await graphql({
    schema,
    source: query,
    rootValue,
    variableValues: variables,
    ...(operationName === undefined ? {} : { operationName }),
  });
  const refusal = result.errors
    ?.map(({ originalError }) => originalError)
    .find((one) => one instanceof WandbRefusal);
  if (refusal instanceof WandbRefusal) throw refusal;
  return result;
}

function rootOf(world: WandbWorld, account: Account, features: readonly string[]) {
  const project = ({ name, entityName }: { name: string; entityName?: string | null }) =>
    projectOf(world, entityName ?? account.entity, name);
  return {
    viewer: () => ({ id: 'VXNlcg', ...account, email: 'somebody@example.com' }),
    serverInfo: () => ({ features: features.map((name) => ({ name, isEnabled: true })) }),
    project,
    model: project,
    upsertBucket: ({ input }: { input: unknown }) => upsert(world, account, input),
    stopRun: ({ input }: { input: { id: string } }) => {
      const run = world.byId(input.id);
      if (run === undefined) throw new Error('run not found');
      run.isStopAsked = true;
      return { success: true };
    },
    deleteRun: ({ input }: { input: { id: string } }) => {
      const run = world.byId(input.id);
      if (run !== undefined) run.isDeleted = true;
      return { clientMutationId: null };
    },
  };
}

function upsert(world: WandbWorld, account: Account, input: unknown) {
  const { name, modelName, entityName, groupName, jobType, displayName, tags, config } =
    upsertInput.parse(input);
  const entity = entityName ?? account.entity;
  if (entity !== account.entity) throw new WandbRefusal(403, 'permission denied');
  const known = world.find(entity, modelName, name);
  if (known?.isDeleted === true) throw new WandbRefusal(410, 'run was deleted');
  const run = known ?? world.add(entity, modelName, name);
  if (groupName != null) run.group = groupName;
  if (jobType != null) run.jobType = jobType;
  if (displayName != null) run.displayName = displayName;
  if (tags != null) run.tags = tags;
  if (config != null) {
    const values = Object.entries(wrapped.parse(JSON.parse(config)));
    run.config = Object.fromEntries(values.map(([key, { value }]) => [key, value]));
  }
  return { bucket: runNode(world, run), inserted: known === undefined };
}

function projectOf(world: WandbWorld, entity: string, name: string) {
  const mine = world.all().filter((run) => run.entity === entity && run.project === name);
  if (mine.length === 0) return null;
  return {
    id: `${entity}/${name}`,
    name,
    entity: { name: entity },
    run: ({ name: runName }: { name: string }) => {
      const run = mine.find((one) => one.name === runName);
      return run === undefined ? null : runNode(world, run);
    },
    runs: ({
      filters,
      first,
      after,
    }: {
      filters?: string | null;
      first?: number | null;
      after?: string | null;
    }) => {
      const group = filters == null ? null : groupFilter.parse(JSON.parse(filters)).group;
      const found = mine.filter((run) => group === null || run.group === group).reverse();
      const start = after == null ? 0 : Number(after) + 1;
      const edges = found.slice(start, start + (first ?? 50)).map((run, index) => {
        return { cursor: String(start + index), node: runNode(world, run) };
      });
      const endCursor = edges.at(-1)?.cursor ?? null;
      return { edges, pageInfo: { endCursor, hasNextPage: start + edges.length < found.length } };
    },
  };
}

function runNode(world: WandbWorld, run: WandbRun) {
  return {
    id: run.storageId,
    name: run.name,
    displayName: run.displayName,
    state: run.state,
    config: JSON.stringify(run.config),
    group: run.group,
    jobType: run.jobType,
    tags: run.tags,
    summaryMetrics: run.summary,
    historyLineCount: run.history.length,
    eventsLineCount: run.events.length,
    logLineCount: run.log.length,
    stopped: run.isStopAsked,
    project: () => projectOf(world, run.entity, run.project),
    history: () => run.history,
    sampledHistory: ({ specs }: { specs: string[] }) => specs.map((spec) => sampled(run, spec)),
  };
}

const specSchema = z.object({ keys: z.array(z.string()), samples: z.number().int() });

function sampled(run: WandbRun, spec: string) {
  const { keys, samples } = specSchema.parse(JSON.parse(spec));
  const rows = run.history.map((line) => z.record(z.string(), z.unknown()).parse(parseExtended(line)));
  const having = rows.filter((row) => keys.every((key) => key in row));
  const step = Math.max(1, Math.ceil(having.length / samples));
  return having
    .filter((_, index) => index % step === 0)
    .map((row) => Object.fromEntries(keys.map((key) => [key, row[key]])));
}
