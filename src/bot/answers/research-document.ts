import type { BriefApproach, BriefQuery, BriefSource, ResearchBrief } from '../../domain/research-brief.ts';
import { serviceName } from '../cards/service-name.ts';
import { printable } from '../inks/safe-text.ts';
import { approachState } from './approach-state.ts';
import { questionOf, silentWords } from './research-query.ts';
import type { Scene } from './scene.ts';

type Words = Pick<Scene, 'voice'>;

/** A file has room for the whole of it. */
const longestReason = 1_000;

/** Plain: the whole brief as a text file, with every claim and its sources. */
export function researchDocument({ voice }: Words, slug: string, brief: ResearchBrief): string {
  const lines = [
    `# ${voice.plain('answers:research.title', { slug })}`,
    '',
    `## ${voice.plain('answers:research.findings')}`,
    ...brief.queries.flatMap((query) => ['', ...queryLines(voice, query)]),
    '',
    `## ${voice.plain('answers:research.ideas')}`,
    ...brief.approaches.flatMap((approach) => ['', ...approachLines(voice, approach)]),
    '',
  ];
  return lines.map(printable).join('\n');
}

function queryLines(voice: Scene['voice'], query: BriefQuery): string[] {
  const { round, kind, provider, status, asked, summary, findings, sources, error, leftOut = 0 } = query;
  const head = voice.plain('answers:research.finding', { round, question: questionOf(voice, kind) });
  const silent = asked.filter(({ outcome }) => outcome === 'failed' || outcome === 'skipped');
  return [
    `### ${head}${provider === null ? '' : ` · ${voice.plain('answers:brief.by', { provider: serviceName(voice, provider) })}`}`,
    ...silent.map((one) => silentWords(voice, one, longestReason)),
    ...(status === 'failed' ? [voice.plain('answers:brief.unanswered', { why: error ?? '' })] : []),
    ...(summary === '' || summary === error ? [] : [summary]),
    ...findings.flatMap((one) => [
      `- ${one.claim}`,
      ...one.sources.map((source) => `  ${sourceLine(source)}`),
    ]),
    ...(leftOut === 0 ? [] : [voice.plain('answers:brief.left_out', { count: leftOut })]),
    ...(findings.length === 0 ? sources.map((source) => `- ${sourceLine(source)}`) : []),
  ];
}

function approachLines(voice: Scene['voice'], approach: BriefApproach): string[] {
  const { round, name, title, rationale, status, cv, requirements, sources, lessons = [] } = approach;
  const idea = voice.plain('answers:research.idea', { round });
  return [
    `### ${idea} · ${name} · ${approachState(voice, status)} · ${voice.score(cv)}`,
    title,
    rationale,
    ...lessons,
    ...requirements.map((one) => `- ${one}`),
    ...sources.map((source) => `- ${sourceLine(source)}`),
  ];
}

function sourceLine({ title, url }: BriefSource): string {
  return [title, url].filter((part) => part !== null && part !== '').join(' ');
}
