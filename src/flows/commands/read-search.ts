import type { Context } from '../../context.ts';
import { mostChartPoints } from '../../domain/chart.ts';
import { type CurvePanel, curvePanels } from '../../domain/learning-curves.ts';
import { metricSpec } from '../../domain/metrics/catalog.ts';
import { nearestName } from '../../domain/nearest-name.ts';
import type { GateView, NodeDetail, NodeFile, NodeResult } from '../../domain/node-detail.ts';
import type { SearchTree, TreeNode } from '../../domain/search/tree.ts';
import { childrenOf } from '../../domain/search/tree.ts';
import { type NodeView, type TreeView, viewTree } from '../../domain/search-views.ts';
import { gateReportSchema } from '../../providers/quality/contract.ts';
import type { Competition } from '../../state/competitions.ts';
import { listSubmissions, type Submission } from '../../state/submissions.ts';
import { readTrackingUrl, sampleRunMetrics } from '../../state/tracking.ts';
import { getTrainingJob } from '../../state/training.ts';
import { readTree } from '../search/read-tree.ts';
import { readObjectJson } from '../support/objects.ts';
import { findKnown } from './find-known.ts';

type TreeContext = Pick<Context, 'state'> & { policy: Pick<Context['policy'], 'search'> };
type NodeContext = TreeContext & Pick<Context, 'objects'>;

/** As long as a message with it is of interest. */
const linkSeconds = 3_600;
const fileNames = ['train.py', 'requirements.txt', 'gate-report.json'] as const;

/** `/kaggle tree <slug>` @throws BusinessFailure `competition.unknown` */
export async function readTreeView(ctx: TreeContext, input: { slug: string }): Promise<TreeView> {
  const competition = await findKnown(ctx, input.slug);
  return (await readViewed(ctx, competition)).view;
}

/**
 * `/kaggle node <slug> <which>`: by number or name.
 * @throws BusinessFailure `competition.unknown`
 */
export async function readNode(
  ctx: NodeContext,
  input: { slug: string; which: string },
): Promise<NodeResult> {
  const competition = await findKnown(ctx, input.slug);
  const { tree, view } = await readViewed(ctx, competition);
  const node = findNode(view.nodes, input.which);
  const stored = node === null ? undefined : tree.nodes[node.number - 1];
  if (node === null || stored === undefined) {
    return { found: false, slug: competition.slug, typed: input.which, nodes: nearest(view, input.which) };
  }
  return { found: true, detail: await detailOf(ctx, { view, tree, node, stored }) };
}

async function readViewed(
  ctx: TreeContext,
  competition: Competition,
): Promise<{ tree: SearchTree; view: TreeView }> {
  const [tree, submissions] = await Promise.all([
    readTree(ctx, competition),
    listSubmissions(ctx.state, competition.id),
  ]);
  const { slug, round, limits, problem } = competition;
  const viewed = {
    slug,
    round,
    maxRounds: limits.maxRounds,
    hasProblem: problem !== null,
    submitted: submittedNames(submissions),
  };
  return { tree, view: viewTree(tree, viewed, ctx.policy.search) };
}

const sentStatuses: ReadonlySet<Submission['status']> = new Set(['sent', 'accepted', 'scored']);

/** Approaches whose predictions are in what was sent. */
function submittedNames(submissions: readonly Submission[]): ReadonlySet<string> {
  return new Set(
    submissions
      .filter(({ status }) => sentStatuses.has(status))
      .flatMap(({ approach, members }) => [approach, ...members.map((member) => member.approach)]),
  );
}

function findNode(nodes: readonly NodeView[], which: string): NodeView | null {
  const wanted = which.toLowerCase().replace(/^#/, '');
  const byName = nodes.find(({ name }) => name === wanted);
  return byName ?? nodes.find(({ number }) => String(number) === wanted) ?? null;
}

const mostSuggestions = 5;

/** The one that was nearly typed first, then the best and the newest. */
function nearest({ nodes }: TreeView, which: string): { number: number; name: string }[] {
  const near = nearestName(
    which.toLowerCase(),
    nodes.map(({ name }) => name),
  );
  const first = nodes.filter(({ name, isBest }) => name === near || isBest);
  const all = new Set([...first.toReversed(), ...nodes.toReversed()]);
  return [...all].slice(0, mostSuggestions).map(({ number, name }) => ({ number, name }));
}

type Found = { view: TreeView; tree: SearchTree; node: NodeView; stored: TreeNode };

async function detailOf(ctx: NodeContext, { view, tree, node, stored }: Found): Promise<NodeDetail> {
  const { spec } = stored;
  const [gate, run, files, trackingUrl, curves] = await Promise.all([
    readGate(ctx, stored),
    stored.runId === null ? null : getTrainingJob(ctx.state, stored.runId),
    linkFiles(ctx, stored),
    stored.runId === null ? null : readTrackingUrl(ctx.state, stored.runId),
    stored.runId === null ? [] : readCurves(ctx, stored.runId),
  ]);
  const named = (ids: readonly string[]) =>
    ids.flatMap((id) => {
      const index = tree.nodes.findIndex((one) => one.id === id);
      const name = tree.nodes[index]?.name;
      return name === undefined ? [] : [{ number: index + 1, name }];
    });
  return {
    slug: view.slug,
    metric: view.metric ?? { name: tree.metric, direction: metricSpec(tree.metric).direction },
    node,
    plan: {
      rationale: spec.rationale,
      features: spec.features,
      models: spec.models,
      requirements: spec.requirements,
      component: spec.component,
      sources: spec.sources.map(({ title, url }) => ({ title, url: url ?? null })),
    },
    parents: named(stored.parents),
    children: named(childrenOf(tree, stored.id).map(({ id }) => id)),
    generator: stored.generator,
    gate,
    run: {
      folds: stored.folds,
      seconds: stored.seconds,
      memoryBytes: run?.result?.maxMemoryBytes ?? null,
      estimateSeconds: stored.estimateSeconds,
      confirmations: stored.confirmations,
      examined: run?.scores?.examined ?? null,
      curves,
      trackingUrl,
    },
    ablations: stored.ablations === null ? null : stored.ablations.toSorted((a, b) => b.loss - a.loss),
    files,
  };
}

/** Null before the gate looked, or where its report is gone. */
async function readGate(ctx: Pick<Context, 'objects'>, { objectPrefix }: TreeNode): Promise<GateView | null> {
  const key = objectPrefix === null ? null : `${objectPrefix}/gate-report.json`;
  if (key === null || (await ctx.objects.head(key)) === null) return null;
  const report = gateReportSchema.safeParse(await readObjectJson(ctx, key));
  if (!report.success) return null;
  const { passed, checks, estimateSeconds, estimateMemoryBytes, review } = report.data;
  return {
    passed,
    checks,
    estimateSeconds,
    estimateMemoryBytes,
    review:
      review === null
        ? null
        : { leakage: review.leakage.verdict, reason: review.leakage.reason, summary: review.summary },
  };
}

/** A script may measure many things; the first of them are looked at. */
const mostMeasured = 24;

async function readCurves(ctx: Pick<Context, 'state'>, jobId: string): Promise<CurvePanel[]> {
  const wanted = { jobId, mostNames: mostMeasured, mostPoints: mostChartPoints };
  return curvePanels(await sampleRunMetrics(ctx.state, wanted));
}

async function linkFiles(ctx: Pick<Context, 'objects'>, { objectPrefix }: TreeNode): Promise<NodeFile[]> {
  if (objectPrefix === null) return [];
  const files = await Promise.all(
    fileNames.map(async (name) => {
      const key = `${objectPrefix}/${name}`;
      if ((await ctx.objects.head(key)) === null) return [];
      const url = await ctx.objects.signedUrl(key, { method: 'GET', expiresInSeconds: linkSeconds });
      return [{ name, url }];
    }),
  );
  return files.flat();
}
