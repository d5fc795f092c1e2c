import type { trainingAnswers as english } from '../en/training-answers.ts';
import type { Translation } from '../translation.ts';

/** 学習の比較とハイパーパラメーターについての答え。 */
export const trainingAnswers = {
  'command.compare.summary': 'すべての手法を並べて比較: 分割ごとのスコア、時間、メモリ、違い',
  'command.compare.details':
    '最良のものが先頭です。値が異なるパラメーターだけを並べます。追跡サービスのキーがあれば各実行へのリンクが付きます。',
  'command.params.summary': '最良の手法のハイパーパラメーター。設定すると学習し直します',
  'command.params.details':
    '値を付けなければ、各パラメーターの現在の値と取りうる値を表示します。name=value で設定します。複数のモデルにある名前は model.name=value と書きます。結果は元の手法と並ぶ別の手法になります。コンペティションが答えを待っているときは、これが答えになります。',
  'parameter.approach': '手法の名前。省略すると最良の手法',
  'parameter.values': 'name=value。複数は空白で区切ります',

  'btn.compare': '比較',
  'hint.compare': '{{slug}} の実行を並べて表示',
  'compare.title': '{{slug}} · 実行の比較',
  'compare.none': '{{slug}} にはまだスコアの付いた実行がありません。',
  'compare.none_yet': '{{slug}} にはまだスコアの付いた実行がありません。実行中 {{running}} 件。',
  'compare.best_other': '{{count}} 件の実行。最良は {{approach}}、CV {{cv}}',
  'compare.others': '実行中 {{running}} 件、失敗 {{failed}} 件。',
  'compare.approach': '手法',
  'compare.folds': '最低と最高の分割',
  'compare.time': '時間',
  'compare.memory': 'メモリ',
  'compare.value': '{{value}}（{{approach}}）',
  'compare.values_other': '{{value}}（{{approach}} ほか {{count}} 件）',
  'compare.differ': '値が異なるパラメーター:',
  'compare.links': 'wandb で見る: {{- links}}',
  'compare.away': 'wandb がいま応答しません。数値は手元の記録です。',
  'compare.refused':
    'wandb がキーを受け付けないため、何も送っていません。数値は手元の記録です。設定は doctor で確認できます。',

  'params.title': '{{slug}} · ハイパーパラメーター',
  'params.summary_other': '{{slug}}: {{approach}} のパラメーター {{count}} 個',
  'params.of': '{{approach}}、CV {{cv}}: {{title}}',
  'params.tuned': '一部の値はスクリプトの外から設定されています。',
  'params.how': '変更するには: {{- command}}',
  'params.caption': '{{approach}} のパラメーター',
  'params.parameter': 'パラメーター',
  'params.value': '値',
  'params.allowed': '取りうる値',
  'params.kind.whole': '整数',
  'params.kind.number': '数',
  'params.kind.flag': 'true または false',
  'params.kind.text': '文字列',
  'params.kind.any': '数または none',
  'params.range': '{{type}}、{{min}} から {{max}}',
  'params.set_by': '人が設定したもの:',
  'params.set_title': '{{slug}} · パラメーターを設定しました',
  'params.set': '{{approach}} は {{basedOn}} の値を変えたものです。{{follows}}',
  'params.trains.now': 'いま学習します。',
  'params.trains.this_round': 'このラウンドで学習します。',
  'params.trains.next_round': '次のラウンドがあれば、そこで学習します。',
} as const satisfies Translation<typeof english>;
