import { createHash } from 'node:crypto';
import type { Context } from '../../context.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { applyChanges, readAssignments, tunedApproach, viewParameters } from '../../domain/parameters.ts';
import type { HyperParameters } from '../../domain/run-contract.ts';
import { bestSearchRun } from '../../domain/training-plan.ts';
import type { ParametersResult, SetParametersResult } from '../../domain/training-views.ts';
import { type GeneratedCodeRow, listCode } from '../../state/code.ts';
import type { Competition } from '../../state/competitions.ts';
import { listParameterChanges, type SetParametersAnswer, setParameters } from '../../state/parameters.ts';
import { type ListedTrainingJob, listTrainingJobs } from '../../state/training.ts';
import { findKnown } from './find-known.ts';

const raceTries = 5;
const markCharacters = 6;

type Node = { job: ListedTrainingJob; code: GeneratedCodeRow; params: HyperParameters };

/**
 * `/kaggle params`: the hyper-parameters of the best node, or of the named approach, and who set which.
 * @throws BusinessFailure `parameters.no_node`, `parameters.none`, `competition.unknown`
 */
export async function readParameters(
  ctx: Pick<Context, 'state'>,
  input: { slug: string; approach: string | null },
): Promise<ParametersResult> {
  const competition = await findKnown(ctx, input.slug);
  const [node, changes] = await Promise.all([
    findNode(ctx, competition, input.approach),
    listParameterChanges(ctx.state, competition.id),
  ]);
  return {
    slug: competition.slug,
    approach: node.job.approach.name,
    title: node.job.approach.spec.title,
    cv: node.job.scores?.cv ?? null,
    parameters: viewParameters(node.params),
    isTuned: node.code.params !== null,
    changes: changes.map(({ at, actor, details }) => {
      return { at, actor, name: details.name ?? null, approach: details.approach, params: details.params };
    }),
  };
}

/**
 * Sets them: a node with these values is trained, at once where the competition waits for a person.
 * @throws BusinessFailure `parameters.*`, `competition.paused`, `competition.ended`, `competition.busy`
 */
export async function changeParameters(
  ctx: Pick<Context, 'state' | 'log' | 'actor'>,
  input: {
    slug: string;
    approach: string | null;
    values: readonly { name: string; value: string }[];
    byName?: string | undefined;
  },
): Promise<SetParametersResult> {
  for (let tries = 0; tries < raceTries; tries += 1) {
    const competition = await findKnown(ctx, input.slug);
    const { job, code, params } = await findNode(ctx, competition, input.approach);
    const changes = readAssignments(params, input.values);
    const wanted = applyChanges(code.params, changes);
    const spec = tunedApproach(job.approach.spec, changes, {
      mark: markOf(code.id, wanted),
      why: 'A person set',
    });
    const answer = await setParameters(ctx.state, {
      competitionId: competition.id,
      version: competition.version,
      baseCodeId: code.id,
      spec,
      params: wanted,
      byName: input.byName ?? null,
      actor: ctx.actor,
    });
    if (answer.outcome === 'stale') continue;
    const { trains } = requireSet(answer, competition.slug, spec.name);
    ctx.log.info({ competition: competition.slug, approach: spec.name, changes }, 'parameters set');
    return { slug: competition.slug, approach: spec.name, basedOn: job.approach.name, changes, trains };
  }
  throw new BusinessFailure(`${input.slug} is moving on faster than I can answer; please try again.`, {
    code: 'competition.busy',
  });
}

/** The same values of the same script are the same node. */
export function markOf(codeId: string, params: HyperParameters): string {
  return createHash('sha256')
    .update(codeId)
    .update(JSON.stringify(params))
    .digest('hex')
    .slice(0, markCharacters);
}

function requireSet(answer: SetParametersAnswer, slug: string, name: string) {
  switch (answer.outcome) {
    case 'set':
      return answer;
    case 'paused':
      throw new BusinessFailure(`${slug} is paused; /kaggle resume ${slug} first.`, {
        code: 'competition.paused',
      });
    case 'ended':
      throw new BusinessFailure(`${slug} has ended, so nothing of it is trained any more.`, {
        code: 'competition.ended',
      });
    default:
      throw new BusinessFailure(`These values are tried already, as ${name}.`, { code: 'parameters.taken' });
  }
}

async function findNode(
  ctx: Pick<Context, 'state'>,
  { id, slug, problem }: Competition,
  approach: string | null,
): Promise<Node> {
  const [jobs, codes] = await Promise.all([listTrainingJobs(ctx.state, id), listCode(ctx.state, id)]);
  const named = approach?.toLowerCase() ?? null;
  const mine = named === null ? jobs : jobs.filter((job) => job.approach.name === named);
  const job = problem === null ? null : bestSearchRun(problem.metric, mine);
  const code = codes.find((one) => one.id === job?.codeId);
  if (job === null || code === undefined) {
    const names = [...new Set(jobs.filter(isTrained).map((one) => one.approach.name))].slice(0, 5);
    const advice = named === null || names.length === 0 ? '' : ` Trained are ${names.join(', ')}.`;
    throw new BusinessFailure(
      named === null
        ? `Nothing of ${slug} has been trained yet, so there are no parameters to see or set.`
        : `${slug} has no trained approach "${named.slice(0, 60)}".${advice}`,
      { code: 'parameters.no_node' },
    );
  }
  const params = job.usedParams ?? code.params;
  if (params === null || Object.keys(params).length === 0) {
    throw new BusinessFailure(`The script of ${job.approach.name} takes no parameters from outside.`, {
      code: 'parameters.none',
    });
  }
  return { job, code, params };
}

function isTrained(job: ListedTrainingJob): boolean {
  return job.purpose === 'search' && job.status === 'succeeded';
}
