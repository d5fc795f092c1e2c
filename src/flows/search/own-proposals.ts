import type { Context } from '../../context.ts';
import type { Approach } from '../../domain/approach.ts';
import type { QueryKind, ResearchReport } from '../../domain/research.ts';
import type { PlannedStep } from '../../domain/search/planned-step.ts';
import type { Competition } from '../../state/competitions.ts';
import { researchRequestOf } from '../research/research-request.ts';

/** Research that asks nobody: what it proposes is there whenever a service proposes nothing that can be used. */
const ownName = 'playbook';

/**
 * The playbook's reports: for the first node of a tree, so that there is a floor to compare with that needs no service,
 * and for drafts where services propose too little. None where no playbook is configured.
 */
export async function ownProposals(
  ctx: Context,
  competition: Competition,
  reports: readonly ResearchReport[],
): Promise<ResearchReport[]> {
  const own = reports.filter(({ provider }) => provider === ownName);
  if (own.length > 0) return own;
  const report = await consult(ctx, competition, { kind: 'similar-solutions', step: null });
  return report === null ? [] : [report];
}

/** What the playbook proposes for a step, where another provider answered its query or none did. */
export async function stepProposals(
  ctx: Context,
  competition: Competition,
  step: PlannedStep,
  answered: ResearchReport | null,
): Promise<Approach[]> {
  if (answered?.provider === ownName) return [];
  return (await consult(ctx, competition, { kind: 'step', step }))?.approaches ?? [];
}

async function consult(
  ctx: Context,
  competition: Competition,
  query: { kind: QueryKind; step: PlannedStep | null },
): Promise<ResearchReport | null> {
  const playbook = ctx.research.find(({ name }) => name === ownName);
  const request = playbook === undefined ? null : await researchRequestOf(ctx, competition, query);
  if (playbook === undefined || request === null) return null;
  return await playbook.research(request, { signal: ctx.signal });
}
