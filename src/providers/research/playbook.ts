import type { Approach } from '../../domain/approach.ts';
import { type ResearchReport, rankApproaches } from '../../domain/research.ts';
import type { MemoryEntry } from '../../domain/search/step.ts';
import type { ResearchProvider, ResearchRequest } from './contract.ts';
import { type Finding, pitfallFindings } from './findings.ts';
import { pageFindings } from './page-findings.ts';
import { type Case, readCase } from './playbooks/case.ts';
import { imagePlaybook } from './playbooks/image.ts';
import { mergesOf } from './playbooks/merges.ts';
import type { Playbook } from './playbooks/playbook-type.ts';
import { tabularPlaybook } from './playbooks/tabular.ts';
import { textPlaybook } from './playbooks/text.ts';
import { timeSeriesPlaybook } from './playbooks/time-series.ts';
import { variationsOf } from './playbooks/variations.ts';

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
  if (request.kind === 'step') return answerStep(request, playbook, facts);
  const proposals = [...playbook.openings(facts), ...playbook.refinements(facts)];
  const approaches = rankApproaches([{ approaches: proposals }], request.history, request.maxApproaches);
  const findings = findingsFor(request, playbook, facts, approaches);
  return {
    provider: 'playbook',
    summary: summarise(request, playbook, approaches),
    findings,
    // Pitfalls and pages name risks and facts, not models: the other queries propose.
    approaches: request.kind === 'validation-pitfalls' || request.kind === 'discussion' ? [] : approaches,
    citations: [...new Set(findings.map((finding) => finding.source))].map((title) => ({ title })),
  };
}

/** Enough for every step of a round to find one that is left. */
const mostForStep = 20;

/** Proposals for one step of the search: variations of its parent, or ways to join its parents. */
function answerStep(request: ResearchRequest, playbook: Playbook, facts: Case): ResearchReport {
  const { step, memory = [] } = request;
  const [parent] = step?.parents ?? [];
  const approaches =
    step === undefined || parent === undefined
      ? []
      : step.operator === 'merge'
        ? mergesOf(facts, step.parents)
        : [
            ...refinementsOf(playbook, facts, parent.approach, memory),
            ...variationsOf(
              {
                ...facts,
                memory,
                timeBudgetSeconds: request.timeBudgetSeconds,
                target: step.target ?? null,
              },
              parent,
            ),
          ];
  const names = approaches.slice(0, mostForStep).map(({ title }) => title);
  return {
    provider: 'playbook',
    summary: `${playbook.title}, one step from ${parent?.approach.name ?? 'nothing'}: ${names.slice(0, 3).join('; ') || 'nothing is left'}.`,
    findings: [],
    approaches: approaches.slice(0, mostForStep),
    citations: [],
  };
}

/** What the playbook knows to do with a solution of this name. */
function refinementsOf(
  playbook: Playbook,
  facts: Case,
  parent: Approach,
  memory: readonly MemoryEntry[],
): Approach[] {
  const known = new Set(memory.map(({ name }) => name));
  return playbook
    .refinements(facts)
    .filter(({ name, basedOn }) => basedOn?.includes(parent.name) === true && !known.has(name))
    .map((approach) => ({ ...approach, basedOn: [parent.name] }));
}

function playbookFor({ problem, profile }: ResearchRequest): Playbook {
  if (problem.modality === 'text' && problem.textColumns.length > 0) return textPlaybook;
  if (problem.modality === 'time_series' || problem.timeColumn !== null) return timeSeriesPlaybook;
  const facts = { problem, profile };
  return imagePlaybook.fits(facts) ? imagePlaybook : tabularPlaybook;
}

function findingsFor(
  request: ResearchRequest,
  playbook: Playbook,
  facts: Case,
  approaches: readonly Approach[],
): Finding[] {
  const { kind } = request;
  if (kind === 'validation-pitfalls') return pitfallFindings(facts);
  if (kind === 'discussion') return pageFindings(request);
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
