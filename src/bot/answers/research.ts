import type { BriefApproach, ResearchBrief } from '../../domain/research-brief.ts';
import { aCard, type Card, type CardAction, type CardItem } from '../card.ts';
import { button, slugButton } from '../cards/buttons.ts';
import { shorten } from '../shorten.ts';
import { approachState } from './approach-state.ts';
import { researchDocument } from './research-document.ts';
import { queryWords } from './research-query.ts';
import { headline, type Scene } from './scene.ts';

const queriesOnPage = 3;
const mostIdeas = 8;
const longestName = 60;
const mostLessons = 2;
const longestLesson = 160;

/** `research`: what was asked and found and who answered, and what is tried because of it; newest round first. */
export function answerResearch(scene: Scene, slug: string, brief: ResearchBrief, page = 1): Card {
  const { voice } = scene;
  const { queries, approaches } = brief;
  if (queries.length === 0 && approaches.length === 0) return nothingYet(scene, slug);
  // The playbook says the same to each question about one node: once is enough.
  const answers = [...new Set(queries.map((query) => queryWords(scene, query)))];
  const pages = Math.max(1, Math.ceil(answers.length / queriesOnPage));
  const shown = Math.min(Math.max(1, page), pages);
  const onPage = answers.slice((shown - 1) * queriesOnPage, shown * queriesOnPage);
  const isFirst = shown === 1;
  const isWhole = pages === 1 && approaches.length <= mostIdeas;
  return aCard({
    title: headline(voice.plain('answers:research.title', { slug })),
    summary: headline(summaryOf(scene, slug, brief)),
    tone: toneOf(brief),
    body: [...stateLines(scene, brief), ...onPage],
    items: isFirst ? approaches.slice(0, mostIdeas).map((one) => ideaOf(scene, one)) : [],
    file:
      isWhole || !isFirst
        ? null
        : { name: `${slug}-research.md`, text: researchDocument(scene, slug, brief) },
    actions: [...pageButtons(scene, slug, { page: shown, pages }), ...actionsOf(scene, slug)],
    footer: pages === 1 ? null : voice.t('answers:brief.page', { page: shown, pages }),
  });
}

function nothingYet(scene: Scene, slug: string): Card {
  const { voice } = scene;
  return aCard({
    title: headline(voice.plain('answers:research.none_title', { slug })),
    summary: headline(voice.plain('answers:research.none', { slug })),
    body: [voice.t('answers:research.none', { slug })],
    actions: actionsOf(scene, slug),
  });
}

function actionsOf(scene: Scene, slug: string): CardAction[] {
  return [...slugButton(scene, 'tree', slug), ...slugButton(scene, 'status', slug)];
}

/** Plain. */
function summaryOf({ voice }: Scene, slug: string, { queries, approaches, round }: ResearchBrief): string {
  return voice.plain('answers:research.summary', {
    slug,
    round,
    count: queries.filter(({ status }) => status === 'done').length,
    ideas: approaches.length,
  });
}

function toneOf({ queries, round }: ResearchBrief): Card['tone'] {
  const newest = queries.filter((query) => query.round === round);
  if (newest.some(({ status }) => status === 'planned')) return 'running';
  return newest.length > 0 && newest.every(({ status }) => status === 'failed') ? 'bad' : 'idle';
}

/** What is still asked, and what nobody answered. */
function stateLines({ voice }: Scene, { queries }: ResearchBrief): string[] {
  const count = (wanted: (typeof queries)[number]['status']) =>
    queries.filter(({ status }) => status === wanted).length;
  const words = [
    ...(count('planned') === 0 ? [] : [voice.t('answers:brief.running', { count: count('planned') })]),
    ...(count('failed') === 0 ? [] : [voice.t('answers:brief.failed', { count: count('failed') })]),
  ];
  return words.length === 0 ? [] : [words.join(voice.gap)];
}

function pageButtons(
  scene: Scene,
  slug: string,
  { page, pages }: { page: number; pages: number },
): CardAction[] {
  const { plain } = scene.voice;
  const to = (key: 'answers:btn.previous' | 'answers:btn.next', target: number) =>
    target < 1 || target > pages
      ? []
      : button(scene, 'research', [slug, String(target)], { label: plain(key) });
  return [...to('answers:btn.previous', page - 1), ...to('answers:btn.next', page + 1)];
}

function ideaOf({ voice }: Scene, approach: BriefApproach): CardItem {
  const { round, name, title, status, cv, lessons = [] } = approach;
  const parts = [
    voice.plain('answers:research.idea', { round }),
    shorten(title === '' ? name : title, longestName),
    approachState(voice, status),
    ...(cv === null ? [] : [voice.plain('answers:status.submission_cv', { cv: voice.score(cv) })]),
  ];
  const because = lessons.slice(0, mostLessons).map((lesson) => shorten(lesson, longestLesson));
  return { markup: voice.ink.text([parts.join(' · '), ...because].join('\n')), action: null };
}
