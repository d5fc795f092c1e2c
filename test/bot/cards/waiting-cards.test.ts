import { expect, test } from 'vitest';
import { decodeAction } from '../../../src/bot/action.ts';
import type { Card } from '../../../src/bot/card.ts';
import { optionLabel } from '../../../src/bot/cards/option-words.ts';
import { usualWords } from '../../../src/bot/cards/own-words.ts';
import { createPlainInk } from '../../../src/bot/inks/plain.ts';
import { createVoice } from '../../../src/bot/voice.ts';
import { type DecisionDraft, decisionDraftSchema } from '../../../src/domain/decision.ts';
import { holdReasons } from '../../../src/domain/submission-slots.ts';
import { gateDraft } from '../../../src/flows/gates/ask.ts';
import { contractDraft } from '../../../src/flows/gates/contract-draft.ts';
import { cardText } from './card-text.ts';
import { render } from './rendering.ts';
import { aContent, inHours } from './samples.ts';

const subject = { slug: 'titanic', title: 'Titanic' };
const entryGate = gateDraft({ kind: 'rules_not_accepted', subject, isInWork: false, vendorText: null });
const workGate = gateDraft({ kind: 'verification_required', subject, isInWork: true, vendorText: 'Verify.' });
const contract = contractDraft({
  slug: 'titanic',
  read: null,
  evidence: [],
  alternatives: ['accuracy', 'rmse'],
  isAnswerNeeded: true,
});

function actionsOf(card: Card): (string | undefined)[] {
  return card.actions.flatMap((action) =>
    action.kind === 'button' ? [decodeAction(action.action)?.name] : [],
  );
}

/** How a question looks once nobody answered it, or somebody did. */
function closed(draft: DecisionDraft, option: string, more: Record<string, unknown> = {}) {
  const { kind, blocking, ...asked } = decisionDraftSchema.parse(draft);
  return render(
    aContent('decision', {
      ...asked,
      decisionKind: kind,
      status: 'expired',
      option,
      deadline: inHours(-1),
      ...more,
    }),
  );
}

test('what waits for a person says so in its message and on the board, and leads to the question', () => {
  const waiting = { state: 'discovered', isQueued: true, waitsForPerson: true, round: 0, best: null };
  const status = render(aContent('status', { ...waiting, openDecisions: 1, progress: null }));
  const [line] = aContent('board').lines;
  const board = render(aContent('board', { lines: [{ ...line, ...waiting, score: null }] }));

  expect(status.title).toBe('🟡 titanic · waits for you');
  expect(status.actions[0]).toMatchObject({ label: 'Decide', style: 'primary' });
  expect(board.table?.rows[0]?.[1]).toContain('🟡 waits for you');
});

test('where work waits at a gate, answering comes before going on without looking', () => {
  const paused = { state: 'paused', resumeState: 'researching', waitsForPerson: true, openDecisions: 1 };

  const { title, actions } = render(aContent('status', { ...paused, progress: null }));

  expect(title).toContain('waits for you');
  expect(actions.slice(0, 2)).toMatchObject([
    { label: 'Decide', style: 'primary' },
    { label: 'Resume', style: 'plain' },
  ]);
});

test('a question that nobody answered offers only what still has an effect', () => {
  const suggestion = { ...contract, kind: 'suggestion' as const };

  expect(actionsOf(closed(entryGate, 'skip'))).toEqual(['start']);
  expect(actionsOf(closed(workGate, 'skip'))).toEqual([]);
  expect(actionsOf(closed(contract, 'edit'))).toEqual([]);
  expect(actionsOf(closed(suggestion, 'edit'))).toEqual(['again']);
  expect(actionsOf(closed({ ...contract, kind: 'stagnation' }, 'edit'))).toEqual(['pause', 'again']);
});

test('an answer in words is not followed by how to write them', () => {
  const decided = { status: 'decided', decidedAt: inHours(-1), note: 'metric: MAP@5' };

  const text = cardText(closed(contract, 'edit', decided));

  expect(text).toContain('Note: "metric: MAP@5"');
  expect(text).not.toContain('Next:');
});

test('the end of a disagreement does not claim that something works again', () => {
  const over = { code: 'x.y', message: 'They disagree.', clearedAt: inHours(-0.5) };
  const textOf = (alertKind: string) => render(aContent('alert', { ...over, alertKind })).body[0];

  expect(textOf('agreement:titanic')).toBe('They no longer disagree; nothing for you to do.');
  expect(textOf('start:titanic')).toContain('/kaggle start');
  expect(textOf('service:kaggle')).toContain('Works again');
});

test('Kaggle wanting a pause is told apart from a download that comes first', () => {
  const download = { totalBytes: null, refusedSince: null };
  const textOf = (phase: string) =>
    render(aContent('status', { state: 'researching', download: { ...download, phase } })).body[0];

  expect(textOf('waiting_for_vendor')).toContain('Kaggle wants a pause');
  expect(textOf('waiting_for_slot')).toContain('another download comes first');
});

test('facts of a suggestion are shown in their readers’ zone and language', () => {
  const facts = [
    { label: 'Deadline', value: '2026-12-12 23:59 UTC' },
    { label: 'Chance of a medal', value: 'no medals here' },
  ];
  const shown = (locale: 'en' | 'ja') => render(aContent('decision', { facts }), { locale }).facts;

  expect(shown('en')[0]?.value).toBe('Sun 13 Dec 2026, 08:59 (12 Dec, 23:59 UTC)');
  expect(shown('ja')).toEqual([
    { label: '締切', value: '2026/12/13(日) 08:59（UTC 12/12 23:59）' },
    { label: 'メダルの見込み', value: 'メダルなし' },
  ]);
});

test('what gates and contracts are answered with, and why a submission waits, has Japanese words', () => {
  const voice = createVoice({
    locale: 'ja',
    ink: createPlainInk(),
    timeZone: 'Asia/Tokyo',
    now: new Date('2026-11-22T05:32:00Z'),
  });
  const options = [entryGate, workGate, contract].flatMap(
    (draft) => decisionDraftSchema.parse(draft).options,
  );
  const ownNames = options.filter(({ id }) => !id.startsWith('metric_'));

  for (const option of ownNames) expect(optionLabel(voice, option)).not.toBe(option.label);
  const sentences = [...options.map(({ consequence }) => consequence), ...Object.values(holdReasons)];
  for (const sentence of sentences) expect(usualWords(voice, sentence), sentence).not.toBeNull();
});
