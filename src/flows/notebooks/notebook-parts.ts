import type { Context } from '../../context.ts';
import { combineRule, hasClassRows } from '../../domain/blend.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import {
  memberName,
  type NotebookAccelerator,
  type NotebookRules,
  type NotebookStage,
  partsFitFromPredict,
  wantsGpu,
} from '../../domain/notebook.ts';
import type { Problem } from '../../domain/problem.ts';
import type { HyperParameters } from '../../domain/run-contract.ts';
import { searchSeed } from '../../domain/training-plan.ts';
import type { NotebookParts } from '../../providers/notebook/contract.ts';
import { type GeneratedCodeRow, listCode } from '../../state/code.ts';
import type { Competition } from '../../state/competitions.ts';
import type { NotebookMemberRow } from '../../state/notebooks.ts';
import { findDataFiles } from '../research/data-files.ts';
import { readTruth } from '../research/prepare-folds.ts';
import type { ChosenBlend } from '../submission/choose-blend.ts';
import { readContract } from '../support/job-data.ts';
import { readObject } from '../support/objects.ts';

/** What the notebooks of one blend are made of, but for their stage. */
export type NotebookPlan = {
  parts: Omit<NotebookParts, 'stage' | 'modelNotebook'>;
  members: NotebookMemberRow[];
  /** One notebook, or a model notebook and one that predicts with it. */
  stages: readonly NotebookStage[];
  /** Its scripts gain from a GPU. */
  wantsGpu: boolean;
};

/** Kept of the time that a notebook may take: starting up, and a machine that is slower than the last one. */
const usableShare = 0.85;
/** A script may take longer at Kaggle than it did here, where it was judged, but not for ever. */
const mostSlower = 3;

/** Gathers scripts, folds and names of the chosen blend. Each script is fitted anew on every labelled row. */
export async function planNotebooks(
  ctx: Pick<Context, 'state' | 'objects' | 'policy'>,
  competition: Competition,
  problem: Problem,
  blend: ChosenBlend,
  rules: NotebookRules,
): Promise<NotebookPlan> {
  const { slug } = competition;
  const codes = await listCode(ctx.state, competition.id);
  const members = mergeByCode(blend);
  const scripts = await Promise.all(members.map(({ codeId }) => readScript(ctx, codes, codeId)));
  const [truth, contract] = await Promise.all([
    readTruth(ctx, slug, 'final'),
    readContract(ctx, slug, 'final'),
  ]);
  const names = Object.keys(competition.details.dataFiles ?? {});
  const files = findDataFiles(
    slug,
    names.map((name) => ({ name })),
  );
  const usesGpu = members.some(({ codeId }) => {
    const code = codes.find(({ id }) => id === codeId);
    return code !== undefined && wantsGpu(code.approach.spec);
  });
  const secondsInAll = Math.floor(
    usableShare * (usesGpu ? Math.min(rules.gpuSeconds, rules.cpuSeconds) : rules.cpuSeconds),
  );
  return {
    parts: {
      competition: slug,
      title: `${competition.title}: ${members.map(({ approach }) => approach).join(', ')}`,
      problem,
      rule: combineRule(problem),
      hasClassRows: hasClassRows(problem),
      decision: blend.decision,
      members: members.map(({ approach, weight, codeId }, index) => ({
        name: memberName(index, approach),
        script: scripts[index] ?? '',
        weight,
        seed: searchSeed,
        ...paramsOf(codes, codeId),
      })),
      rowKey: truth.rowKey,
      foldCount: contract.foldCount,
      folds: truth.fold,
      files: { train: files.train.name, test: files.test.name, sample: files.sample.name },
      memberSeconds: Math.min(
        Math.floor(secondsInAll / members.length),
        mostSlower * ctx.policy.trainingTimeLimitSeconds,
      ),
      secondsInAll,
      output: rules.fileName,
    },
    members,
    stages: scripts.every(partsFitFromPredict) ? ['model', 'inference'] : ['whole'],
    wantsGpu: usesGpu,
  };
}

/** Runs of one script differ by seed and folds, which the final fit has no use for: their weights add up. */
function mergeByCode(blend: ChosenBlend): NotebookMemberRow[] {
  const merged = new Map<string, NotebookMemberRow>();
  for (const { jobId, codeId, approach, weight } of blend.members) {
    const known = merged.get(codeId);
    if (known === undefined) merged.set(codeId, { jobId, codeId, approach, weight });
    else known.weight += weight;
  }
  return [...merged.values()];
}

function paramsOf(codes: readonly GeneratedCodeRow[], codeId: string): { params?: HyperParameters } {
  const params = codes.find(({ id }) => id === codeId)?.params ?? null;
  return params === null ? {} : { params };
}

async function readScript(
  ctx: Pick<Context, 'objects'>,
  codes: readonly GeneratedCodeRow[],
  codeId: string,
): Promise<string> {
  const prefix = codes.find(({ id }) => id === codeId)?.objectPrefix;
  if (prefix == null) {
    throw new BusinessFailure('A script of the blend is gone, so no notebook can be made of it.', {
      code: 'notebook.script_missing',
    });
  }
  return (await readObject(ctx, `${prefix}/train.py`)).toString('utf8');
}

/**
 * A GPU where the scripts gain from one and the week's hours suffice for a whole session, else the CPU: the scripts
 * were judged without one too.
 */
export async function chooseAccelerator(
  ctx: Pick<Context, 'kaggle' | 'signal' | 'log'>,
  plan: Pick<NotebookPlan, 'wantsGpu'>,
  seconds: number,
): Promise<NotebookAccelerator> {
  if (!plan.wantsGpu) return 'none';
  const { gpu, refreshAt } = await ctx.kaggle.acceleratorQuota({ signal: ctx.signal });
  const leftSeconds = gpu === null ? 0 : gpu.totalSeconds - gpu.usedSeconds - gpu.reservedSeconds;
  if (leftSeconds >= seconds) return 'gpu';
  ctx.log.info({ leftSeconds, seconds, refreshAt }, "the week's GPU hours do not suffice, using the CPU");
  return 'none';
}
