import type { Context } from '../../context.ts';
import { agreementOf } from '../../domain/agreement.ts';
import { pickFinal, rankBy, robustScore } from '../../domain/final-pick.ts';
import { automaticPicks, equalsOf, mostSelected, proposeFinal } from '../../domain/final-selection.ts';
import type { MetricName } from '../../domain/metrics/catalog.ts';
import type { Competition } from '../../state/competitions.ts';
import {
  type FinalSelection,
  proposeSelection,
  type SelectionStage,
  type StoredPick,
} from '../../state/selections.ts';
import { listSubmissions } from '../../state/submissions.ts';
import { type Selectable, selectable } from '../submission/final-place.ts';
import { readLikeness } from './read-likeness.ts';
import { listedOf, type SelectionProposal, selectionDraft } from './selection-draft.ts';
import { tellAllCount } from './tell-selection.ts';

const hourMs = 3_600_000;

/** Hours before the end at which people are reminded of a question that was asked at a stage. */
const nudges: Readonly<Record<SelectionStage, readonly [reminder: number, escalation: number]>> = {
  48: [12, 2],
  12: [6, 2],
  2: [1, 0.5],
};

/**
 * Proposes which submissions are to count, at one of the three times before the end. Asked is only what a person
 * has not settled: where the proposal is as it was, the question that stands is enough.
 */
export async function proposeAt(
  ctx: Context,
  competition: Competition,
  metric: MetricName,
  { stage, end, earlier }: { stage: SelectionStage; end: Date; earlier: readonly FinalSelection[] },
): Promise<void> {
  const candidates = (await listSubmissions(ctx.state, competition.id))
    .filter(({ status, vendorRef }) => status === 'scored' && vendorRef !== null)
    .map(selectable);
  const proposal = await proposalOf(ctx, competition.slug, metric, candidates);
  if (proposal.picks.length === 0) return;
  const stored = {
    competitionId: competition.id,
    endsAt: end,
    stage,
    picks: proposal.picks.map(
      ({ submission: { id, ref }, role }): StoredPick => ({ submissionId: id, ref, role }),
    ),
    listed: proposal.listed.map(({ ref }) => ref),
    actor: ctx.actor,
  };
  if (await doAllCount(ctx, competition.slug)) {
    await tellAllCount(ctx, competition, end);
    await proposeSelection(ctx.state, { ...stored, outcome: 'all_count', question: null });
    return;
  }
  if (!isAskingNeeded(stored.picks, earlier)) {
    await proposeSelection(ctx.state, { ...stored, outcome: 'kept', question: null });
    return;
  }
  const question = { draft: selectionDraft(proposal), ...nudgesBefore(end, stage) };
  const asked = await proposeSelection(ctx.state, { ...stored, outcome: 'asked', question });
  if (asked === null) return;
  ctx.log.info(
    { competition: competition.slug, stage, picks: stored.picks.map(({ ref }) => ref) },
    'a person is asked which submissions are to count',
  );
}

async function proposalOf(
  ctx: Context,
  slug: string,
  metric: MetricName,
  candidates: readonly Selectable[],
): Promise<SelectionProposal> {
  const first = pickFinal(metric, candidates);
  const correlations =
    first === null ? new Map<string, number>() : await readLikeness(ctx, first, equalsOf(first, candidates));
  const disagrees = agreementOf(candidates).verdict === 'disagree';
  const picks = proposeFinal(metric, candidates, { correlations, disagrees });
  const listed = listedOf(picks, rankBy(metric, candidates, robustScore));
  return { slug, picks, listed, automatic: automaticPicks(metric, candidates), disagrees };
}

/** Of one or two submissions Kaggle counts every one, those of team mates included. */
async function doAllCount(ctx: Context, slug: string): Promise<boolean> {
  const listed = await ctx.kaggle.listSubmissions(slug, { signal: ctx.signal });
  return listed.filter(({ status }) => status === 'complete').length <= mostSelected;
}

/** What a person settled stays settled, unless there is a better first choice by now. */
function isAskingNeeded(picks: readonly StoredPick[], earlier: readonly FinalSelection[]): boolean {
  const last = earlier.findLast(({ decisionId }) => decisionId !== null);
  if (last === undefined) return true;
  const isSame =
    picks.length === last.picks.length && picks.every(({ ref }) => last.picks.some((one) => one.ref === ref));
  const hasSameFirst = picks[0]?.ref === last.picks[0]?.ref;
  switch (last.outcome) {
    case 'asked':
      return !isSame;
    case 'chosen':
      return last.confirmedAt === null || !hasSameFirst;
    default:
      return !hasSameFirst;
  }
}

function nudgesBefore(end: Date, stage: SelectionStage): { remindAt: Date; escalateAt: Date } {
  const [reminder, escalation] = nudges[stage];
  const before = (hours: number) => new Date(end.getTime() - hours * hourMs);
  return { remindAt: before(reminder), escalateAt: before(escalation) };
}
