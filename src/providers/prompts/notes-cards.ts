import type { Approach } from '../../domain/approach.ts';
import { fenced } from '../../domain/outside-text.ts';
import { bounded, cell, fitting, section } from './bounded.ts';

const mostResearchCharacters = 6_000;
const mostLessonCharacters = 3_000;
const mostHumanCharacters = 2_000;

/** The plan of a node, as research proposed it: what to build, in words of others. */
export function planCard(approach: Approach): string {
  const list = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? '' : `${title}:\n${lines.map((line) => `- ${cell(line, 400)}`).join('\n')}`;
  const models = approach.models.map(
    ({ kind, params }) => `${kind}${Object.keys(params).length === 0 ? '' : ` ${JSON.stringify(params)}`}`,
  );
  const body = [
    `name: ${approach.name}\ntitle: ${cell(approach.title, 200)}\nfamily: ${cell(approach.family)}`,
    `why: ${cell(approach.rationale, 700)}`,
    approach.component === undefined ? '' : `changes: ${approach.component}`,
    list('features', approach.features),
    list('models', models),
    `validation: ${cell(approach.validation, 300)}`,
    list('requirements', approach.requirements),
    list('risks', approach.risks),
    list('packages', approach.packages),
    list(
      'sources',
      approach.sources.map(({ title, url }) => `${title}${url === undefined ? '' : ` ${url}`}`),
    ),
  ].filter((part) => part !== '');
  return section(
    'The plan',
    fenced('a plan made from research', bounded(body.join('\n'), mostResearchCharacters)),
  );
}

/** What earlier competitions taught, the most alike first, each with what it rests on. */
export function lessonsCard(lessons: readonly { text: string; evidence: string }[]): string {
  const lines = lessons.map(({ text, evidence }) => `- ${cell(text, 400)} (${cell(evidence, 200)})`);
  const shown = fitting(lines, mostLessonCharacters);
  return section(
    'Lessons of earlier competitions',
    shown.length === 0 ? '' : fenced('lessons', shown.join('\n')),
  );
}

/** What people wrote about this competition, newest first: followed where it is about modelling. */
export function humanCard(advice: readonly string[]): string {
  const lines = fitting(
    advice.map((note) => `- ${cell(note, 800)}`),
    mostHumanCharacters,
  );
  return section(
    'Notes of the people who run this agent',
    lines.length === 0
      ? ''
      : `Follow them in what to model and how, the first before the others.\n${fenced('notes of people', lines.join('\n'))}`,
  );
}
