import type { ResearchResult } from '../../domain/command-results.ts';
import { aCard, type Card, type CardItem } from '../card.ts';
import { slugButton } from '../cards/buttons.ts';
import { shorten } from '../shorten.ts';
import { headline, type Scene } from './scene.ts';

const mostFindings = 5;
const mostIdeas = 8;
const mostSources = 3;
const longestSummary = 300;
const longestQuestion = 150;
const longestName = 60;

type Finding = ResearchResult['findings'][number];
type Idea = ResearchResult['approaches'][number];

/** `research`: what was learnt from where, and what is tried because of it. */
export function answerResearch(scene: Scene, slug: string, result: ResearchResult): Card {
  const { voice } = scene;
  const { findings, approaches, round } = result;
  const actions = [...slugButton(scene, 'status', slug), ...slugButton(scene, 'logs', slug)];
  if (findings.length === 0 && approaches.length === 0) {
    return aCard({
      title: headline(voice.plain('answers:research.none_title', { slug })),
      summary: headline(voice.plain('answers:research.none', { slug })),
      body: [voice.t('answers:research.none', { slug })],
      actions,
    });
  }
  const left = Math.max(0, findings.length - mostFindings) + Math.max(0, approaches.length - mostIdeas);
  return aCard({
    title: headline(voice.plain('answers:research.title', { slug })),
    summary: headline(
      voice.plain('answers:research.summary', {
        slug,
        round,
        count: findings.length,
        ideas: approaches.length,
      }),
    ),
    body: [
      ...findings.slice(0, mostFindings).map((one) => findingOf(scene, one)),
      ...(left === 0 ? [] : [voice.t('answers:research.more', { count: left })]),
    ],
    items: approaches.slice(0, mostIdeas).map((one) => ideaOf(scene, one)),
    file: left === 0 ? null : { name: `${slug}-research.md`, text: documentOf(scene, slug, result) },
    actions,
  });
}

function findingOf({ voice }: Scene, { round, question, summary, sources }: Finding): string {
  const { ink } = voice;
  const head = voice.t('answers:research.finding', { round, question: shorten(question, longestQuestion) });
  const links = sources
    .slice(0, mostSources)
    .map(({ title, url }) => linkOf(ink, shorten(title, longestName), url));
  return [
    ink.bold(head),
    ...(summary === '' ? [] : [ink.text(shorten(summary, longestSummary))]),
    ...(links.length === 0 ? [] : [voice.t('answers:research.source', { sources: links.join(', ') })]),
  ].join('\n');
}

/** Addresses come from outside: only plain web addresses become links. */
function linkOf(ink: Scene['voice']['ink'], title: string, url: string | null): string {
  return url !== null && /^https:\/\/[^\s<>|]+$/.test(url) ? ink.link(title, url) : ink.text(title);
}

function ideaOf({ voice }: Scene, { round, name, title, status, cv }: Idea): CardItem {
  const parts = [
    voice.plain('answers:research.idea', { round }),
    shorten(title === '' ? name : title, longestName),
    stateOf(voice, status),
    ...(cv === null ? [] : [voice.plain('answers:status.submission_cv', { cv: voice.score(cv) })]),
  ];
  return { markup: voice.ink.text(parts.join(' · ')), action: null };
}

const ideaStates = ['proposed', 'coded', 'trained', 'failed'] as const;

function stateOf({ plain }: Scene['voice'], status: string): string {
  const known = ideaStates.find((one) => one === status);
  return known === undefined ? status : plain(`answers:status.done.${known}`);
}

/** All of it, as a text file. */
function documentOf({ voice }: Scene, slug: string, { findings, approaches }: ResearchResult): string {
  return [
    voice.plain('answers:research.title', { slug }),
    '',
    voice.plain('answers:research.findings'),
    ...findings.flatMap(({ round, question, summary, sources }) => [
      '',
      voice.plain('answers:research.finding', { round, question }),
      ...(summary === '' ? [] : [summary]),
      ...sources.map(({ title, url }) => `- ${[title, url].filter((part) => part !== null).join(' ')}`),
    ]),
    '',
    voice.plain('answers:research.ideas'),
    ...approaches.flatMap(({ round, name, title, rationale, status, cv }) => [
      '',
      `${voice.plain('answers:research.idea', { round })} · ${name} · ${stateOf(voice, status)} · ${voice.score(cv)}`,
      title,
      rationale,
    ]),
    '',
  ].join('\n');
}
