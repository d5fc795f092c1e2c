import { expect, test } from 'vitest';
import { cardText } from '../../../src/bot/console/card-text.ts';
import { parseCommand } from '../../../src/bot/parse-command.ts';
import type { LessonsResult } from '../../../src/domain/lessons/lesson-view.ts';
import type { Role } from '../../../src/domain/person.ts';
import type { Locale } from '../../../src/domain/preferences.ts';
import { aPerson, aPlace, doorOver } from '../../support/door.ts';
import { aLessonView } from '../../support/outcomes.ts';
import { anOverview, flowsOver } from '../../support/overviews.ts';

const result: LessonsResult = {
  slug: 'titanic',
  lessons: [
    aLessonView({ likeness: 0.8 }),
    aLessonView({ id: '99aa88bb', source: 'person', text: 'Families <!channel> *share* a fate.' }),
  ],
  total: 2,
  retired: 1,
  won: {
    text: 'Drafts that won in the most alike earlier competitions: boosted-trees (3 of 4).',
    evidence: 'house-prices (likeness 0.80)',
  },
  drift: 'a classifier tells them apart with an AUC of 0.83.',
};

async function ask(text: string, options: { role?: Role; locale?: Locale; shown?: LessonsResult } = {}) {
  const { role = 'viewer', locale = 'en', shown = result } = options;
  const flows = flowsOver([anOverview()], { lessons: async () => shown });
  const door = doorOver(flows);
  await door.refresh();
  const reply = await door.command({ text, person: aPerson(role, { locale }), where: aPlace() });
  if (reply.kind !== 'card') throw new Error(`a card was expected, not ${reply.kind}`);
  return { text: cardText(reply.card), calls: flows.calls.map(({ name }) => name) };
}

test('the lessons are shown with what they rest on, how alike it is, and what won', async () => {
  const { text } = await ask('lessons titanic');

  expect(text).toContain('titanic · lessons that count for it');
  expect(text).toContain('1a2b3c4d');
  expect(text).toContain('Seen in 1 of 1 competition');
  expect(text).toContain('boosted-trees (3 of 4)');
  expect(text).toContain('AUC of 0.83');
  expect(text).toContain('said by a person');
  expect(text).toContain('1 retired');
  expect(text).toContain('/kaggle lessons forget ID');
});

test('in Japanese the words around the agent’s own English are Japanese', async () => {
  const { text } = await ask('lessons titanic', { locale: 'ja' });

  expect(text).toContain('関わりのある教訓');
  expect(text).toContain('人からの助言');
});

test('before there are any that is said', async () => {
  const none = { slug: null, lessons: [], total: 0, retired: 0, won: null, drift: null };

  expect((await ask('lessons', { shown: none })).text).toContain('No competition has taught anything yet');
});

test('an admin has a lesson forgotten, nobody else', async () => {
  const admin = await ask('lessons forget 1a2b3c4d', { role: 'admin' });
  const operator = await ask('lessons forget 1a2b3c4d', { role: 'operator' });

  expect(admin.text).toContain('Lesson 1a2b3c4d is forgotten');
  expect(admin.calls).toContain('forgetLesson');
  expect(operator.text).not.toContain('is forgotten');
  expect(operator.calls).not.toContain('forgetLesson');
});

test.each([
  ['lessons', { verb: 'lessons', slug: null, forget: null, isPublic: false }],
  ['lessons titanic public', { verb: 'lessons', slug: 'titanic', forget: null, isPublic: true }],
  [
    'learnt https://www.kaggle.com/c/titanic',
    { verb: 'lessons', slug: 'titanic', forget: null, isPublic: false },
  ],
  ['lessons forget=1a2b3c4d', { verb: 'lessons', slug: null, forget: '1a2b3c4d', isPublic: false }],
])('%s is understood', (text, command) => {
  expect(parseCommand(text)).toEqual({ kind: 'command', command });
});

test.each(['lessons forget', 'lessons forget ../../etc', 'lessons one two'])('%s is not', (text) => {
  expect(parseCommand(text)).toMatchObject({ kind: 'usage', verb: 'lessons' });
});
