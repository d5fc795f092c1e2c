import { expect, test } from 'vitest';
import { decisionDraftSchema } from '../../../src/domain/decision.ts';
import { selectionDraft } from '../../../src/flows/selection/selection-draft.ts';
import type { Selectable } from '../../../src/flows/submission/final-place.ts';
import { cardText } from './card-text.ts';
import { render } from './rendering.ts';
import { aContent, inHours } from './samples.ts';

const one = (ref: number, approach: string, cv: number, publicScore: number): Selectable => ({
  ...{ id: `${ref}`, key: `${ref}`, status: 'scored', estimate: cv, round: 2, scores: {}, objectKey: '' },
  ...{ ref, approach, cv, publicScore, memberCount: 1 },
});

function aQuestion(disagrees = false) {
  const [best, other, lucky] = [
    one(7, 'boosting-deep', 0.8123, 0.79186),
    one(9, 'linear-plain', 0.811, 0.7895),
    one(3, 'forest', 0.79, 0.801),
  ] as const;
  const draft = selectionDraft({
    slug: 'titanic',
    picks: [
      { submission: best, role: 'robust', correlation: null },
      { submission: other, role: 'diverse', correlation: 0.8712 },
    ],
    listed: [best, other, lucky],
    automatic: [lucky, best],
    disagrees,
  });
  const { question, context, facts, options, defaultOption, recommendedOption, link } =
    decisionDraftSchema.parse(draft);
  return aContent('decision', {
    ...{ slug: 'titanic', title: 'Titanic', decisionKind: 'final_selection', deadline: inHours(48) },
    ...{ question, context, facts, options, defaultOption, recommendedOption, link, chart: null },
  });
}

test('the question which submissions are to count', () => {
  expect(cardText(render(aQuestion()))).toMatchInlineSnapshot(`
    "🟡 Decision needed · titanic
    Answers until Tue 24 Nov, 14:32 (2 days)
    I propose:
    1 · boosting-deep: the best by cross-validation and its confirmation
    2 · linear-plain: as good within the error of chance, and most unlike the first (rank correlation 0.871)
    Without a tick Kaggle takes the best public scores: 3 and 1.
    Only a person can tick them; Kaggle has no call for it.
    Which submissions of titanic should count at the end? Please tick them at Kaggle.
    A · I ticked these two  I look at Kaggle whether it shows them as selected, and tell you. ← recommended
    B · Others  Tick others, and tell me their numbers in the list, such as 1 and 3.
    C · Leave it to Kaggle  Kaggle counts the submissions with the best public scores.
    If nobody answers until Tue 24 Nov, 14:32: C · Leave it to Kaggle.
    1 · round 2 · boosting-deep: CV 0.81230 · public 0.79186
    2 · round 2 · linear-plain: CV 0.81100 · public 0.78950
    3 · round 2 · forest: CV 0.79000 · public 0.80100
    (Open on Kaggle ↗) (A · I ticked these two !primary) (B · Others…) (C · Leave it to Kaggle) (Details) (Answer with a note…)
    asked 13:02 · /kaggle decide 0001a2f0 A
    > titanic: decision needed until Tue 24 Nov, 14:32. Which submissions of titanic should count at the end? Please tick them at Kaggle."
  `);
  expect(cardText(render(aQuestion(), { locale: 'ja' }))).toMatchInlineSnapshot(`
    "🟡 判断をお願いします · titanic
    回答期限 11/24(火) 14:32（2日以内）
    最終評価に使う提出を Kaggle で選ぶ必要があります。
    「I propose:
    1 · boosting-deep: the best by cross-validation and its confirmation
    2 · linear-plain: as good within the error of chance, and most unlike the first (rank correlation 0.871)
    Without a tick Kaggle takes the best public scores: 3 and 1.
    Only a person can tick them; Kaggle has no call for it.」
    「Which submissions of titanic should count at the end? Please tick them at Kaggle.」
    どのように進めますか？
    A · この2つを選択しました  Kaggle で選択されているか確認し、結果をお知らせします。 ← おすすめ
    B · 別の提出を選ぶ  別の提出を選択し、一覧の番号を入力してください（例: 1 と 3）。
    C · Kaggle に任せる  Public スコアが最も良い提出が Kaggle により使われます。
    回答がない場合は 11/24(火) 14:32 に「C · Kaggle に任せる」を実行します。
    1 · ラウンド 2 · boosting-deep: CV 0.81230 · Public 0.79186
    2 · ラウンド 2 · linear-plain: CV 0.81100 · Public 0.78950
    3 · ラウンド 2 · forest: CV 0.79000 · Public 0.80100
    (Kaggle で開く ↗) (A · この2つを選択しました !primary) (B · 別の提出を選ぶ…) (C · Kaggle に任せる) (詳細) (コメント付きで回答)
    13:02 に質問 · /kaggle decide 0001a2f0 A
    > titanic: 判断をお願いします（回答期限 11/24(火) 14:32）。最終評価に使う提出を Kaggle で選ぶ必要があります。"
  `);
});

test('once its time is over there is nothing left to choose', () => {
  const question = aQuestion();
  const expired = aContent('decision', {
    ...question,
    ...{ status: 'expired', option: 'leave', decidedAt: inHours(48) },
    decidedBy: { type: 'default', reason: 'the deadline passed' },
  });

  expect(render(expired).actions).toEqual([]);
});

test('the result after the end', () => {
  const result = { rank: 1204, entrants: 13_880, score: 0.78947, medal: 'bronze', awardsMedals: true };
  const content = aContent('notice', { event: 'final_result', cv: null, result });

  expect(cardText(render(content))).toMatchInlineSnapshot(`
    "🏁 titanic: final result, rank 1,204 of 13,880, top 9 %
    Private score 0.78947. Medal zone: bronze. Kaggle awards it once the result is checked.
    (Leaderboard)
    > titanic: final result, rank 1,204 of 13,880, top 9 %"
  `);
  expect(cardText(render(content, { locale: 'ja' }))).toMatchInlineSnapshot(`
    "🏁 titanic: 最終結果 順位 1,204 / 13,880、上位 9 %
    Private スコア 0.78947。メダル圏: 銅メダル。確定は Kaggle の確認後です。
    (順位表)
    > titanic: 最終結果 順位 1,204 / 13,880、上位 9 %"
  `);
});

test('what Kaggle shows of the selection', () => {
  const names = ['boosting-deep (round 2, #7)', 'linear-plain (round 2, #9)'];
  const url = 'https://www.kaggle.com/competitions/titanic/submissions';

  expect(
    cardText(render(aContent('notice', { event: 'selection_confirmed', names }))),
  ).toMatchInlineSnapshot(`
    "✅ titanic: Kaggle shows your final selection
    Selected: boosting-deep (round 2, #7), linear-plain (round 2, #9).
    > titanic: Kaggle shows your final selection"
  `);
  expect(
    cardText(render(aContent('notice', { event: 'selection_missing', names, url }))),
  ).toMatchInlineSnapshot(`
    "🟡 titanic: Kaggle does not show the final selection yet
    Not selected there: boosting-deep (round 2, #7), linear-plain (round 2, #9). I look again until the end.
    (Open at Kaggle ↗)
    > titanic: Kaggle does not show the final selection yet"
  `);
});

test('a competition whose deadline passed was stopped by nobody', () => {
  const outcome = 'the competition has ended: its deadline has passed';
  const content = aContent('finished', { state: 'abandoned', outcome });

  expect(render(content).title).toBe('🏁 titanic has ended');
  expect(render(content, { locale: 'ja' }).body.join()).toContain('締め切りを過ぎたため');
});
