import type { LessonsResult, LessonView } from '../../domain/lessons/lesson-view.ts';
import { aCard, type Card, type CardItem } from '../card.ts';
import { slugButton } from '../cards/buttons.ts';
import { ownWords } from '../cards/own-words.ts';
import { shorten } from '../shorten.ts';
import { headline, type Scene, typed } from './scene.ts';

const mostShown = 8;
const longestText = 300;

/** `lessons`: what earlier competitions taught, with what each lesson rests on. */
export function answerLessons(scene: Scene, result: LessonsResult): Card {
  const { voice } = scene;
  const { slug, lessons, total, retired, won, drift } = result;
  const title =
    slug === null ? voice.plain('answers:lessons.title') : voice.plain('answers:lessons.title_for', { slug });
  const more = total - Math.min(mostShown, lessons.length);
  return aCard({
    title: headline(title),
    summary: headline(voice.plain('answers:lessons.summary', { count: total })),
    body: [
      ...(drift === null
        ? []
        : [`${voice.t('answers:lessons.drift')} ${voice.ink.text(ownWords(voice, drift))}`]),
      ...(won === null
        ? []
        : [voice.ink.text(ownWords(voice, `${won.text} ${shorten(won.evidence, longestText)}`))]),
      ...(total === 0 ? [voice.t('answers:lessons.none')] : []),
    ],
    items: lessons.slice(0, mostShown).map((lesson) => itemOf(scene, lesson)),
    footer: [
      ...(more > 0 ? [voice.t('answers:lessons.more', { count: more })] : []),
      ...(retired > 0 ? [voice.t('answers:lessons.retired', { count: retired })] : []),
      ...(total > 0 ? [voice.t('answers:lessons.how', { command: typed(scene, 'lessons forget ID') })] : []),
    ].join(' · '),
    file: more > 0 ? { name: 'lessons.md', text: documentOf(scene, title, lessons) } : null,
    actions: slug === null ? [] : slugButton(scene, 'research', slug),
  });
}

function itemOf({ voice }: Scene, { id, source, text, evidence }: LessonView): CardItem {
  const { ink } = voice;
  const by = voice.plain(`answers:lessons.source.${source}`);
  const markup = [
    `${ink.code(id)} ${ink.bold(ink.text(shorten(text, longestText)))}`,
    ink.text(ownWords(voice, `${shorten(evidence, longestText)}`)),
    ink.text(by),
  ].join('\n');
  return { markup, action: null };
}

/** All of them, as a text file. */
function documentOf({ voice }: Scene, title: string, lessons: readonly LessonView[]): string {
  return [
    title,
    ...lessons.flatMap(({ id, text, evidence, source }) => [
      '',
      `${id} · ${text}`,
      evidence,
      voice.plain(`answers:lessons.source.${source}`),
    ]),
    '',
  ].join('\n');
}

/** `lessons forget`: it counts no more. */
export function answerForgotten({ voice }: Scene, { id, text }: LessonView): Card {
  const title = voice.plain('answers:lessons.forgotten', { id });
  return aCard({
    title: headline(title),
    summary: headline(title),
    body: [voice.ink.text(shorten(text, longestText)), voice.t('answers:lessons.forgotten_text')],
  });
}
