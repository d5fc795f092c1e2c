import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import type { Competition } from '../../state/competitions.ts';
import {
  markNotebookAbsent,
  markNotebookRunning,
  markNotebookSent,
  type Notebook,
} from '../../state/notebooks.ts';
import { readObject } from '../support/objects.ts';
import { Wait } from '../support/wait.ts';

const sessionsFullMs = 60_000;

/**
 * Pushes a planned notebook. The row is marked first, so that whoever dies or loses the answer leaves it to be looked
 * up by its slug.
 * @param model the notebook that fitted, for one that only predicts
 * @throws BusinessFailure `kaggle.*`, `rules_not_accepted` among them; Wait while Kaggle has no room or must be asked
 */
export async function pushNotebook(
  ctx: Context,
  competition: Pick<Competition, 'slug'>,
  notebook: Notebook,
  model: Notebook | null,
): Promise<never> {
  const text = (await readObject(ctx, notebook.objectKey)).toString('utf8');
  // Pushed by another worker: the next look reconciles.
  if (!(await markNotebookSent(ctx.state, notebook.id))) throw new Wait(100, 'pushed by another worker');
  const saved = await ctx.kaggle
    .saveNotebook(
      {
        owner: notebook.owner,
        slug: notebook.slug,
        // Kaggle makes the slug of the title, so the title is the slug's words.
        title: notebook.slug.replaceAll('-', ' '),
        text,
        accelerator: notebook.accelerator,
        hasInternet: false,
        timeLimitSeconds: notebook.timeLimitSeconds,
        competitions: [competition.slug],
        notebooks: model === null ? [] : [`${model.owner}/${model.slug}`],
      },
      { signal: ctx.signal },
    )
    .catch(async (error: unknown) => {
      throw await settlePush(ctx, notebook, error);
    });
  await markNotebookRunning(ctx.state, notebook.id, saved);
  ctx.log.info({ competition: competition.slug, url: saved.url, stage: notebook.stage }, 'notebook pushed');
  throw new Wait(1_000, 'the notebook runs at Kaggle');
}

async function settlePush(ctx: Context, notebook: Notebook, error: unknown): Promise<unknown> {
  const failure = asFailure(error);
  if (failure.code === 'kaggle.outcome_unknown' || failure.kind === 'system') {
    return new Wait(1_000, 'the answer to a push was lost; looking it up');
  }
  if (ctx.signal.aborted) return error;
  // Refused in so many words: nothing runs, and the same may be pushed again once the reason is gone.
  if (failure.code === 'kaggle.gpu_quota_used') {
    await markNotebookAbsent(ctx.state, notebook.id, 'none');
    return new Wait(100, "the week's GPU hours are used up, using the CPU");
  }
  await markNotebookAbsent(ctx.state, notebook.id);
  if (failure.code === 'kaggle.notebook_sessions_full') return new Wait(sessionsFullMs, failure.message);
  return failure;
}

/** The push was made, or may have been: only Kaggle knows. @throws Wait always */
export async function reconcilePush(ctx: Context, notebook: Notebook): Promise<never> {
  const found = await ctx.kaggle.findNotebook(notebook, { signal: ctx.signal });
  if (found !== null) {
    await markNotebookRunning(ctx.state, notebook.id, found);
    ctx.log.info({ url: found.url }, 'notebook found at Kaggle');
    throw new Wait(1_000, 'the notebook runs at Kaggle');
  }
  const sentAt = notebook.sentAt?.getTime() ?? 0;
  const waitMs = sentAt + ctx.policy.reconcileGraceMs - ctx.now().getTime();
  // A late arrival looks like absence. After the grace it would only make a second version of the same notebook.
  if (waitMs > 0) throw new Wait(Math.max(waitMs, 100), 'looking for a notebook whose answer was lost');
  await markNotebookAbsent(ctx.state, notebook.id);
  throw new Wait(100, 'Kaggle has no such notebook, pushing it again');
}
