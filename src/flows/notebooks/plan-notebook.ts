import type { Context } from '../../context.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { type NotebookRules, type NotebookStage, readNotebookRules } from '../../domain/notebook.ts';
import type { Competition } from '../../state/competitions.ts';
import { completeNotebook, listNotebooks, type Notebook, openNotebook } from '../../state/notebooks.ts';
import type { Member } from '../../state/submissions.ts';
import { type ChosenBlend, chooseBlend, nameOfBlend } from '../submission/choose-blend.ts';
import { move } from '../support/competition-call.ts';
import { notebookKey, submissionKey } from '../support/object-keys.ts';
import { sha256Of } from '../support/objects.ts';
import { Wait } from '../support/wait.ts';
import { checkNotebook } from './check-notebook.ts';
import { chooseAccelerator, type NotebookPlan, planNotebooks } from './notebook-parts.ts';
import { pushNotebook, reconcilePush } from './push-notebook.ts';
import { watchNotebook } from './watch-notebook.ts';

/** What is to be submitted of a code competition, in the form of a file's submission. */
export type PlannedNotebook = {
  /** Of the notebook: what is handed in is the notebook, not its output. */
  paramsHash: string;
  approach: string;
  members: Member[];
  /** Its output for the visible test. */
  objectKey: string;
  cv: number;
  estimate: number;
  scores: Record<string, unknown>;
};

/**
 * The round's best as a notebook that ran at Kaggle and whose output is sound: built, pushed, watched and checked, a
 * step a call. A notebook that fails is laid to its scripts, which are tried at Kaggle no more; when none is left, the
 * competition goes back for another approach.
 * @returns null when the competition moved on
 * @throws Wait until it is done; BusinessFailure `notebook.*`, `kaggle.*`
 */
export async function planNotebook(ctx: Context, competition: Competition): Promise<PlannedNotebook | null> {
  const notebooks = await listNotebooks(ctx.state, competition.id);
  const current = notebooks.find((one) => one.round === competition.round && isUnderWay(one));
  if (current !== undefined) await takeUp(ctx, competition, current);
  const failed = notebooks.filter(({ status }) => status === 'failed');
  const excluded = new Set(failed.flatMap(({ failedCodes }) => failedCodes));
  const { problem } = competition;
  for (;;) {
    const blend = await chooseBlend(ctx, competition, excluded);
    if (blend === null) return await sendBack(ctx, competition, failed.at(-1));
    if (problem === null) return null;
    const rules = await readRules(ctx, competition.slug);
    const plan = await planNotebooks(ctx, competition, problem, blend, rules);
    const last = await runStages(ctx, competition, plan, rules);
    if (last?.status !== 'failed') return last === null ? null : describe(competition, last, blend);
    // The very notebook failed before, made of the same scripts under other names.
    for (const { codeId } of plan.members) excluded.add(codeId);
  }
}

/**
 * Brings each stage's notebook on its way. @returns the last one where all are complete, or one that failed before; null
 * when the competition moved on. @throws Wait until then
 */
async function runStages(
  ctx: Context,
  competition: Competition,
  plan: NotebookPlan,
  rules: NotebookRules,
): Promise<Notebook | null> {
  let model: Notebook | null = null;
  for (const stage of plan.stages) {
    const notebook = await open(ctx, competition, { plan, rules, stage, model });
    if (notebook === null || notebook.status === 'failed') return notebook;
    // Of an earlier round, or another worker's.
    if (isUnderWay(notebook)) await takeUp(ctx, competition, notebook);
    if (notebook.status === 'planned') await pushNotebook(ctx, competition, notebook, model);
    model = notebook;
  }
  return model;
}

/** Goes on with what is under way. @throws Wait while it goes on, and after its end */
async function takeUp(ctx: Context, competition: Competition, current: Notebook): Promise<never> {
  if (current.status === 'sent') await reconcilePush(ctx, current);
  const end = await watchNotebook(ctx, current);
  if (end !== null) {
    const { isSound, csv } = await checkNotebook(ctx, competition, current, end);
    if (isSound) {
      const key =
        csv === null ? null : submissionKey(competition.slug, competition.round, current.paramsHash);
      if (key !== null && csv !== null) await ctx.objects.put(key, Buffer.from(csv));
      await completeNotebook(ctx.state, current.id, key);
      ctx.log.info({ competition: competition.slug, url: current.url }, 'notebook complete');
    }
  }
  throw new Wait(100, 'the notebook has ended');
}

function isUnderWay({ status }: Notebook): boolean {
  return status === 'sent' || status === 'running';
}

async function readRules(ctx: Context, slug: string): Promise<NotebookRules> {
  const pages = await ctx.kaggle.listPages(slug, { signal: ctx.signal });
  return readNotebookRules(pages.map(({ content }) => content).join('\n\n'));
}

/** Writes the notebook and the intent to push it. */
async function open(
  ctx: Context,
  competition: Competition,
  asked: { plan: NotebookPlan; rules: NotebookRules; stage: NotebookStage; model: Notebook | null },
): Promise<Notebook | null> {
  const { plan, rules, stage, model } = asked;
  const text = await ctx.buildNotebook({ ...plan.parts, stage, modelNotebook: model?.slug ?? null });
  const paramsHash = sha256Of(text);
  const objectKey = notebookKey(competition.slug, competition.round, paramsHash);
  await ctx.objects.put(objectKey, Buffer.from(text));
  const { username } = await ctx.kaggle.whoAmI({ signal: ctx.signal });
  const accelerator = await chooseAccelerator(ctx, plan, rules.gpuSeconds);
  const opened = await openNotebook(ctx.state, {
    competitionId: competition.id,
    version: competition.version,
    stage,
    paramsHash,
    owner: username,
    objectKey,
    members: plan.members,
    accelerator,
    timeLimitSeconds: accelerator === 'gpu' ? rules.gpuSeconds : rules.cpuSeconds,
    fileName: rules.fileName,
    modelId: model?.id ?? null,
  });
  return opened?.notebook ?? null;
}

function describe(competition: Competition, notebook: Notebook, blend: ChosenBlend): PlannedNotebook {
  return {
    paramsHash: notebook.paramsHash,
    approach: nameOfBlend(notebook.members),
    members: notebook.members.map(({ jobId, approach, weight }) => ({ jobId, approach, weight })),
    objectKey: notebook.outputKey ?? submissionKey(competition.slug, competition.round, notebook.paramsHash),
    cv: blend.cv,
    estimate: blend.estimate,
    scores: { cvSd: blend.cvSd, gate: blend.gate, isFinalFit: true, warnings: [], notebookUrl: notebook.url },
  };
}

/** Every script that came through here failed at Kaggle: another approach is needed, as after a failed training. */
async function sendBack(ctx: Context, competition: Competition, last: Notebook | undefined): Promise<null> {
  if (last === undefined) {
    throw new BusinessFailure('There is no successful run to submit.', {
      code: 'submission.nothing_to_submit',
    });
  }
  await move(ctx, competition, 'training_failed', {
    kind: 'business',
    code: 'notebook.run_failed',
    reason: last.error ?? 'The notebook at Kaggle failed.',
  });
  return null;
}
