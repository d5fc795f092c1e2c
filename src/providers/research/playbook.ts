import type { Approach } from '../../domain/approach.ts';
import { type QueryKind, type ResearchReport, rankApproaches } from '../../domain/research.ts';
import type { ResearchProvider, ResearchRequest } from './contract.ts';
import { type Finding, pitfallFindings } from './findings.ts';
import { type Case, readCase } from './playbooks/case.ts';
import { imagePlaybook } from './playbooks/image.ts';
import type { Playbook } from './playbooks/playbook-type.ts';
import { tabularPlaybook } from './playbooks/tabular.ts';
import { textPlaybook } from './playbooks/text.ts';
import { timeSeriesPlaybook } from './playbooks/time-series.ts';

/**
 * Research without any service: what is known to work for a modality, a size and a metric.
 *
 * The first round proposes distinct families; later rounds refine the families that won, leave out what failed and
 * mix what is left.
 */
export function createPlaybookResearch(): ResearchProvider {
  return {
    name: 'playbook',
    research: async (request, { signal }) => {
      signal.throwIfAborted();
      return consult(request);
    },
  };
}

function consult(request: ResearchRequest): ResearchReport {
  const playbook = playbookFor(request);
  const facts = readCase(request);
  const proposals = [...playbook.openings(facts), ...playbook.refinements(facts)];
  const approaches = rankApproaches([{ approaches: proposals }], request.history, request.maxApproaches);
  const findings = findingsFor(request.kind, playbook, facts, approaches);
  return {
    provider: 'playbook',
    summary: summarise(request, playbook, approaches),
    findings,
    // Pitfalls name risks, not models: the other queries propose.
    approaches: request.kind === 'validation-pitfalls' ? [] : approaches,
    citations: [...new Set(findings.map((finding) => finding.source))].map((title) => ({ title })),
  };
}

function playbookFor({ problem, profile }: ResearchRequest): Playbook {
  if (problem.modality === 'text' && problem.textColumns.length > 0) return textPlaybook;
  if (problem.modality === 'time_series' || problem.timeColumn !== null) return timeSeriesPlaybook;
  const facts = { problem, profile };
  return imagePlaybook.fits(facts) ? imagePlaybook : tabularPlaybook;
}

function findingsFor(
  kind: QueryKind,
  playbook: Playbook,
  facts: Case,
  approaches: readonly Approach[],
): Finding[] {
  if (kind === 'validation-pitfalls') return pitfallFindings(facts);
  if (kind === 'features') return playbook.featureFindings(facts);
  return approaches.map((approach) => ({
    claim: `${approach.title}: ${approach.rationale}`,
    source: approach.sources[0]?.title ?? playbook.title,
  }));
}

function summarise(request: ResearchRequest, playbook: Playbook, approaches: readonly Approach[]): string {
  const names = approaches.map((approach) => approach.title.toLowerCase()).join('; ');
  const rows = request.rowCounts.train.toLocaleString('en-US');
  return `${playbook.title}, ${rows} training rows, ${request.problem.metric}, round ${request.round}: ${
    names === '' ? 'nothing is left that was not tried' : names
  }.`;
}
