import { expect, test } from 'vitest';
import { analyse } from '../../../src/domain/analysis.ts';
import { cardText } from './card-text.ts';
import { render } from './rendering.ts';
import { aContent, inHours } from './samples.ts';

const decided = {
  ...{ status: 'decided', option: 'retry_different_approach', decidedAt: inHours(-1.4) },
  ...{ decidedBy: { type: 'slack', teamId: 'T1', userId: 'U1' }, decidedByName: 'mika' },
  note: 'skip neural nets, we tried',
};

test('the status message of a competition', () => {
  expect(cardText(render(aContent('status')))).toMatchInlineSnapshot(`
    "🔵 titanic · training · round 3 of 6
    Now: LightGBM + target encoding
    Best: 0.79186 (public) ▲ +0.00718
    Rank: 1,204 / 13,880 (top 9 %)
    Deadline: Sat 12 Dec 2026, 08:59 (11 Dec, 23:59 UTC) · in 19 days
    Submissions today: 2 / 10
    Metric: accuracy, higher is better
    Cost so far: $0.92
    Training [0.61] 61 % · fold 4 of 5 · about 40 min left
    GPU budget [0.20] $0.71 of $3.60 today
    ▁▃▆█ 0.77030 → 0.79186
    (Pause) (Logs) (Leaderboard) (Research) (⋯ More: Stop · Budget · Settings)
    Updated 14:32 · started by U1
    > titanic: training, round 3 of 6, best 0.79186, rank 1,204 of 13,880, 61 %, $0.71 of $3.60 today"
  `);
  expect(cardText(render(aContent('status'), { locale: 'ja' }))).toMatchInlineSnapshot(`
    "🔵 titanic · 学習中 · ラウンド 3 / 6
    実行中: LightGBM + target encoding
    ベスト: 0.79186（Public） ▲ +0.00718
    順位: 1,204 / 13,880（上位 9 %）
    締切: 2026/12/12(土) 08:59（UTC 12/11 23:59） · あと19日
    本日の提出: 2 / 10
    評価指標: accuracy、高いほど良い
    これまでの費用: $0.92
    学習中 [0.61] 61 % · 4 / 5 · 残り約40分
    GPU 予算 [0.20] 本日 $0.71 / $3.60
    ▁▃▆█ 0.77030 → 0.79186
    (一時停止) (ログ) (順位表) (調査結果) (⋯ その他: 終了 · 予算 · 設定)
    14:32 更新 · 開始: U1
    > titanic: 学習中、ラウンド 3 / 6、ベスト 0.79186、順位 1,204 / 13,880、61 %、本日 $0.71 / $3.60"
  `);
});

test('an open decision', () => {
  expect(cardText(render(aContent('decision')))).toMatchInlineSnapshot(`
    "🟡 Decision needed · house-prices
    Answers until 17:02 (4 h)
    The last 4 experiments did not improve the score (best 0.12044, CV 0.1187).
    What should I do next?
    A · Different approach  CatBoost + stacking, about 3 h · about $0.45 ← recommended
    B · Tune  300 trials, about 5 h · about $0.75
    C · Stop  Keeps 0.12044 · no further cost
    If nobody answers until 17:02: A · Different approach.
    Money left: $1.31
    (A · Different approach !primary ?) (B · Tune…) (C · Stop !danger ?) (Details) (Answer with a note…)
    asked 13:02 · /kaggle decide 0001a2f0 A
    > house-prices: decision needed until 17:02. What should I do next?"
  `);
  expect(cardText(render(aContent('decision'), { locale: 'ja' }))).toMatchInlineSnapshot(`
    "🟡 判断をお願いします · house-prices
    回答期限 17:02（4時間以内）
    直近のラウンドでスコアが改善しませんでした。
    「The last 4 experiments did not improve the score (best 0.12044, CV 0.1187).」
    「What should I do next?」
    どのように進めますか？
    A · 別の手法を試す  「CatBoost + stacking, about 3 h」 · 約$0.45 ← おすすめ
    B · 今のモデルを調整  「300 trials, about 5 h」 · 約$0.75
    C · ここで終了する  「Keeps 0.12044」 · 追加費用なし
    回答がない場合は 17:02 に「A · 別の手法を試す」を実行します。
    残り予算: $1.31
    (A · 別の手法を試す !primary ?) (B · 今のモデルを調整…) (C · ここで終了する !danger ?) (詳細) (コメント付きで回答)
    13:02 に質問 · /kaggle decide 0001a2f0 A
    > house-prices: 判断をお願いします（回答期限 17:02）。直近のラウンドでスコアが改善しませんでした。"
  `);
});

test('a decision that was made', () => {
  expect(cardText(render(aContent('decision', decided)))).toMatchInlineSnapshot(`
    "✅ Decided · house-prices
    What should I do next?
    A · Different approach — by mika on Slack, 13:08 (answered in 6 min)
    Note: "skip neural nets, we tried"
    Next: CatBoost + stacking, about 3 h
    B, C not chosen · 0001a2f0
    > house-prices: decided, A · Different approach, by mika"
  `);
  expect(cardText(render(aContent('decision', decided), { locale: 'ja' }))).toMatchInlineSnapshot(`
    "✅ 決定済み · house-prices
    「What should I do next?」
    A · 別の手法を試す — mika さんが Slack で決定（13:08）（6分で回答）
    コメント:「skip neural nets, we tried」
    次: 「CatBoost + stacking, about 3 h」
    B、C は選ばれませんでした · 0001a2f0
    > house-prices: 決定済み、A · 別の手法を試す、mika さん"
  `);
});

test('the board and the digest', () => {
  expect(cardText(render(aContent('board')))).toMatchInlineSnapshot(`
    "Kaggle Agent · 1 running · 1 needs you · $1.84 of $3.60 today
    | Competition | State | Best | Standing | Deadline |
    | house-prices | 🟡 needs a decision, until 17:02 | 0.12044 | top 6 % | in 31 days |
    | titanic | 🔵 training 61 %, round 3 of 6 | 0.79186 | top 9 % | in 19 days |
    | digit-recognizer | ⚪ paused | – | – | – |
    (⋯ Open a competition…: house-prices · titanic · digit-recognizer) (Start one … !primary)
    Next digest 09:00 · all times Asia/Tokyo
    > Kaggle Agent · 1 running · 1 needs you · $1.84 of $3.60 today"
  `);
  expect(cardText(render(aContent('digest')))).toMatchInlineSnapshot(`
    "☀ Kaggle digest · Tue 24 Nov
    - Needs you · house-prices: What next? (until 21:32) (Decide !primary)
    - Warning · Kaggle did not answer for 10 minutes.
    - Moved · titanic 0.79186 ▲ +0.00718, rank 1,204 of 13,880 (▲ 87), training
    - No change · digit-recognizer, paused (Resume)
    - New · Spaceship Titanic (Start)
    - Spent yesterday · machines $2.31 of $3.60 · models $0.20 · This month $18.20
    - Today · titanic round 3 of 6
    (Open board) (Digest settings)
    > Kaggle digest Tue 24 Nov, 1 open decision, titanic 0.79186"
  `);
});

test('what is told in the channel and in the thread', () => {
  expect(cardText(render(aContent('started')))).toMatchInlineSnapshot(`
    "🚀 Started titanic
    Asked by U1.
    Titanic - Machine Learning from Disaster · metric accuracy, higher is better · ends Sat 12 Dec 2026, 08:59 (11 Dec, 23:59 UTC), in 19 days · 13,880 teams
    Plan: research → 6 rounds → best submission of each round.
    Limits: $3.60 a day for machines · 10 submissions a day · asks you for decisions.
    Everything else goes to the thread.
    (Pause) (Change limits) (Stop !danger)
    > titanic: started, 6 rounds. Titanic - Machine Learning from Disaster"
  `);
  expect(cardText(render(aContent('new_best')))).toMatchInlineSnapshot(`
    "🎉 titanic 0.79186 — new best!
    ▲ +0.00718 · rank 1,204 of 13,880 (▲ 87) · LightGBM + target encoding · cost so far $2.14
    (Leaderboard) (Open)
    > titanic: new best 0.79186, rank 1,204 of 13,880, LightGBM + target encoding"
  `);
  expect(cardText(render(aContent('round')))).toMatchInlineSnapshot(`
    "🔵 Round 3 of titanic is done
    Done in 1 h 12 min, $0.17. Best so far 0.79186 (▲ +0.00718 · rank 1,204 of 13,880). 2 of 3 approaches worked.
    Next: Stacking of the two best.
    | Approach | CV | Public | Problem |
    | LightGBM | 0.80120 ± 0.0123 | 0.79186 |  |
    | CatBoost | 0.79900 | – |  |
    | Neural net | – | – | Out of memory |
    ▁▃▆█ 0.77030 → 0.79186
    ▁▃█ $0.00 → $0.71
    (Leaderboard) (Research)
    > titanic: round 3 done in 1 h 12 min, $0.17, best 0.79186"
  `);
  expect(cardText(render(aContent('finished')))).toMatchInlineSnapshot(`
    "🏁 titanic finished
    Outcome: all 6 rounds are done
    Code, models and reports are kept; what happened is in the thread.
    Result: 0.79425 (final)
    Rank: 1,020 / 13,880 (top 8 %)
    Best approach: LightGBM + target encoding
    Rounds: 6
    Submissions: 14
    Total cost: $4.37
    Time: 21 h
    ▁▃▆█ 0.77030 → 0.79186
    (Leaderboard) (Research) (Logs)
    > titanic finished, 0.79425 (final), rank 1,020 of 13,880, 6 rounds, 14 submissions, $4.37, 21 h"
  `);
  expect(cardText(render(aContent('failed')))).toMatchInlineSnapshot(`
    "🔴 titanic cannot go on by itself
    3 training attempts failed with "CUDA out of memory" on 24 GB.
    I keep everything made so far and wait for a decision.
    (Logs) (Open) (Stop !danger)
    ref training.out_of_memory
    > titanic: stopped with a problem. 3 training attempts failed with "CUDA out of memory" on 24 GB."
  `);
  expect(cardText(render(aContent('alert')))).toMatchInlineSnapshot(`
    "🟠 Warning · gpu waits for a setting
    SaladCloud refuses the API key. Set SALAD_API_KEY anew.
    What waits goes on by itself once that is mended.
    Happened: 4 times since 13:32
    ref salad.unauthorized
    > gpu waits for a setting: Warning. SaladCloud refuses the API key. Set SALAD_API_KEY anew."
  `);
});

test('the same in Japanese', () => {
  const shown = (['board', 'digest', 'nudge', 'notice'] as const).map((kind) =>
    cardText(render(aContent(kind), { locale: 'ja' })),
  );
  expect(shown.join('\n\n')).toMatchInlineSnapshot(`
    "Kaggle Agent · 実行中 1 · 判断待ち 1 · 本日 $1.84 / $3.60
    | コンペ | 状態 | ベスト | 順位 | 締切 |
    | house-prices | 🟡 判断待ち、17:02 まで | 0.12044 | 上位 6 % | あと31日 |
    | titanic | 🔵 学習中 61 %、ラウンド 3 / 6 | 0.79186 | 上位 9 % | あと19日 |
    | digit-recognizer | ⚪ 一時停止中 | – | – | – |
    (⋯ コンペを開く…: house-prices · titanic · digit-recognizer) (新しく開始… !primary)
    次のダイジェスト 09:00 · 時刻は Asia/Tokyo
    > Kaggle Agent · 実行中 1 · 判断待ち 1 · 本日 $1.84 / $3.60

    ☀ Kaggle ダイジェスト · 11/24(火)
    - 判断待ち · house-prices: 「What next?」（21:32 まで） (判断する !primary)
    - 警告 · 「Kaggle did not answer for 10 minutes.」
    - 変化あり · titanic 0.79186 ▲ +0.00718、順位 1,204 / 13,880 (▲ 87)、学習中
    - 変化なし · digit-recognizer、一時停止中 (再開)
    - 新着 · Spaceship Titanic (開始)
    - 昨日の費用 · マシン $2.31 / $3.60 · モデル $0.20 · 今月 $18.20
    - 本日 · titanic ラウンド 3 / 6
    (一覧を開く) (ダイジェストの設定)
    > Kaggle ダイジェスト 11/24(火)、判断待ち1件、titanic 0.79186

    🟡 リマインダー: house-prices の判断をお願いします（16:32 まで）
    「What should I do next?」
    回答がない場合は 16:32 に「A · Different approach」を実行します。
    (判断する !primary) (コメント付きで回答) (期限を延長)
    > house-prices: 判断をお願いします（16:32 まで）。What should I do next?

    ↑ titanic のスコア 0.79186
    CV 0.80120 → Public 0.79186
    > titanic のスコア 0.79186"
  `);
});

test('what is told in the channel and in the thread, in Japanese', () => {
  const kinds = ['started', 'new_best', 'round', 'finished', 'failed', 'alert', 'discovered'] as const;
  const shown = kinds.map((kind) => cardText(render(aContent(kind), { locale: 'ja' })));
  expect(shown.join('\n\n')).toMatchInlineSnapshot(`
    "🚀 titanic を開始しました
    依頼: U1
    Titanic - Machine Learning from Disaster · 評価指標 accuracy（高いほど良い） · 締切 2026/12/12(土) 08:59（UTC 12/11 23:59）、あと19日 · 13,880チーム
    計画: 調査 → 6ラウンド → 各ラウンドのベストを提出。
    上限: マシン費用 1日 $3.60 · 提出 1日10件 · 判断が必要なときは確認します。
    以降の進捗はスレッドに投稿します。
    (一時停止) (上限を変更) (終了 !danger)
    > titanic: 開始しました、6ラウンド。Titanic - Machine Learning from Disaster

    🎉 titanic 0.79186 — ベスト更新！
    ▲ +0.00718 · 順位 1,204 / 13,880（▲ 87） · LightGBM + target encoding · これまでの費用 $2.14
    (順位表) (開く)
    > titanic: ベスト更新 0.79186、順位 1,204 / 13,880、LightGBM + target encoding

    🔵 titanic のラウンド 3 が完了しました
    所要時間 1時間12分、費用 $0.17。これまでのベスト 0.79186（▲ +0.00718 · 順位 1,204 / 13,880）。3手法のうち2手法が成功しました。
    次: 「Stacking of the two best.」
    | 手法 | CV | Public | 問題 |
    | LightGBM | 0.80120 ± 0.0123 | 0.79186 |  |
    | CatBoost | 0.79900 | – |  |
    | Neural net | – | – | Out of memory |
    ▁▃▆█ 0.77030 → 0.79186
    ▁▃█ $0.00 → $0.71
    (順位表) (調査結果)
    > titanic: ラウンド 3 完了、1時間12分、$0.17、ベスト 0.79186

    🏁 titanic が完了しました
    終了理由: 予定の6ラウンドがすべて完了しました
    コード、モデル、レポートは保存済みです。経過はスレッドにあります。
    結果: 0.79425（最終）
    順位: 1,020 / 13,880（上位 8 %）
    ベストの手法: LightGBM + target encoding
    ラウンド数: 6
    提出数: 14
    総費用: $4.37
    所要時間: 21時間
    ▁▃▆█ 0.77030 → 0.79186
    (順位表) (調査結果) (ログ)
    > titanic が完了しました、0.79425（最終）、順位 1,020 / 13,880、6ラウンド、提出14件、$4.37、21時間

    🔴 titanic は自動では続行できません
    「3 training attempts failed with "CUDA out of memory" on 24 GB.」
    これまでの成果は保存されています。判断をお待ちしています。
    (ログ) (開く) (終了 !danger)
    問い合わせ番号 training.out_of_memory
    > titanic: 問題が起きて停止しました。3 training attempts failed with "CUDA out of memory" on 24 GB.

    🟠 警告 · gpu は設定待ちです
    「SaladCloud refuses the API key. Set SALAD_API_KEY anew.」
    設定が直れば、待っている処理は自動で再開します。
    発生: 13:32 から4回
    問い合わせ番号 salad.unauthorized
    > gpu は設定待ちです: 警告。SaladCloud refuses the API key. Set SALAD_API_KEY anew.

    🔎 新しいコンペ2件
    - Playground S6E11 · playground-s6e11 · 締切 12/2(水) · 実現性 72 / 100 (開始)
    - Spaceship Titanic · spaceship (開始)
    (新着の一覧)
    > Kaggle: 新しいコンペ2件: playground-s6e11、spaceship"
  `);
});

test('what the agent asks of its own accord has Japanese words, its own English is quoted', () => {
  const asked = analyse({
    ...{
      slug: 'titanic',
      metric: 'accuracy' as const,
      round: 1,
      maxRounds: 3,
      isOutOfTime: false,
      verdicts: [],
      answered: [],
    },
    ...{ cv: 0.8, cvSd: 0.01, publicScore: 0.5, spentShare: null },
  });
  if (asked.event !== 'uncertainty_high') throw new Error('nothing was asked');
  const { kind, question, context, options, defaultOption } = asked.draft;
  const facts = [
    { label: 'Rounds', value: '1 of 3' },
    { label: 'Money left today', value: '$3.10 of $3.60' },
  ];
  const content = aContent('decision', {
    ...{ decisionKind: kind, question, context, options, defaultOption, facts },
  });
  expect(cardText(render(content, { locale: 'ja' }))).toMatchInlineSnapshot(`
    "🟡 判断をお願いします · house-prices
    回答期限 17:02（4時間以内）
    スコアの信頼性に不安があります。
    「Cross-validated 0.80000, leaderboard 0.50000: more than chance between folds explains. The validation may not resemble the test.」
    「Cross-validation and leaderboard disagree for titanic. How should I go on?」
    どのように進めますか？
    A · 別の手法を試す  別の手法を調査し、新しいラウンドを始めます。 ← おすすめ
    B · 追加で学習する  最良の手法を別の乱数で学習し直して提出します。
    C · ここで終了する  以降のラウンドは行いません。これまでの提出は有効です。 · 追加費用なし
    回答がない場合は 17:02 に「A · 別の手法を試す」を実行します。
    ラウンド: 1 / 3
    本日の残り予算: $3.10 / $3.60
    (A · 別の手法を試す !primary) (B · 追加で学習する…) (C · ここで終了する !danger ?) (詳細) (コメント付きで回答)
    13:02 に質問 · /kaggle decide 0001a2f0 A
    > house-prices: 判断をお願いします（回答期限 17:02）。スコアの信頼性に不安があります。"
  `);
});
