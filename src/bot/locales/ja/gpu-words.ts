import type { gpuWords as english, gpuAnswers as englishAnswers } from '../en/gpu-words.ts';
import type { Translation } from '../translation.ts';

/** 学習に使うマシンについてスレッドで伝えること。 */
export const gpuWords = {
  'alert.name.cost-watch': 'レンタルマシンの監視',
  'started.limit_gpu': 'マシン費用 1日 {{cap}}',
  'alert.what.gpu_budget_day': '今日のマシンの予算の {{percent}} % を使いました',
  'alert.what.gpu_budget': '{{name}} はマシンの予算の {{percent}} % を使いました',
  'alert.what.gpu_account': '{{name}} のアカウント',
  'alert.what.gpu_image': 'レンタルマシンのイメージ',
  'alert.what.gpu_over_cap': 'マシンが上限を超えるところでした',
  'status.on': '{{approach}}（{{provider}} の {{machine}}、1 時間 {{price}}）',
  'status.on_starting': '{{approach}}（{{provider}} の {{machine}}、起動中）',
  'notice.machine_chosen': '{{slug}}: マシンを借りました',
  'notice.machine_awaited': '{{slug}}: 実行がマシンを待っています',
  'notice.machine_lost': '{{slug}}: 借りたマシンが失われました',
  'notice.machine_lost_text':
    '実行は別のマシンで最後のチェックポイントから続けるか、最初からやり直します。対応は不要です。',
  'notice.run_resumed': '{{slug}}: 中断された実行を再開しました',
  'notice.run_given_up': '{{slug}}: 実行を途中で終了しました',
} as const satisfies Translation<typeof english>;

/** 借りたマシンについての答え。 */
export const gpuAnswers = {
  'parameter.all-gpus': '借りたマシンすべて(コンペティションではなく)',
  'gpus.stopped': '⏹ 借りたマシンを停止しました',
  'gpus.stopped_summary_other': '借りたマシン {{count}} 台を終了しました。',
  'gpus.not_all': '⚠ 停止できていないマシンがあります',
  'gpus.none_ended': '終了できたマシンはありません。',
  'gpus.none': '借りたマシンはありませんでした。',
  'gpus.held': '{{- command}} で許可されるまで、新しいマシンは借りません。そこでの実行は待機します。',
  'gpus.left': 'まだ残っています: {{provider}} の {{machine}}(1 時間 {{price}})。{{reason}}',
  'gpus.left_next': '数分ごとに再試行します。待てない場合は事業者の管理画面で終了してください。',
  'gpus.unknown': '{{provider}} に何があるか分かりません: {{reason}} 管理画面を確認してください。',
  'gpus.allowed': '▶ マシンを再び借りられます',
  'gpus.allowed_summary': 'マシンを再び借りられます。',
  'gpus.not_held': '停止されていません。マシンを借りられます。',
  'gpus.running':
    '現在の借用: {{slug}} 用に {{provider}} の {{machine}}、1 時間 {{price}}、これまで {{cost}}。',
  'gpus.on_hold': '借りたマシンはすべて停止され、新しく借りません。{{- command}} で再び許可できます。',
  'gpus.confirm': '借りたマシンをすべて停止しますか?',
  'gpus.confirm_text':
    'すぐに終了し、そこでの実行は後でやり直します。許可されるまで新しいマシンは借りません。',
  'gpus.by': '依頼者: {{- who}}。',
  'btn.stop_gpus': '全マシンを停止',
  'btn.allow_gpus': '借用を許可',
} as const satisfies Translation<typeof englishAnswers>;
