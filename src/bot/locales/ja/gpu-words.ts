import type { reasonWords as englishReasons } from '../../../domain/gpu/reason-words.ts';
import type { gpuWords as english, gpuAnswers as englishAnswers } from '../en/gpu-words.ts';
import type { Translation } from '../translation.ts';

/** 実行がマシンを得た・待つ・失った・終了した理由。 */
const reasonWords = {
  'reason.taken_local': 'このマシンの枠は、ほかの実行が使用中です。',
  'reason.taken_local_gpu': 'このマシンの GPU は、ほかの実行が使用中です。',
  'reason.taken_rented': '借りたマシンは、ほかの実行が使用中です。',
  'reason.held': '借りたマシンはすべて停止されました。許可（resume --all-gpus）されるまで新しく借りません。',
  'reason.gone': '見つかったマシンは、注文した時にはもうありませんでした。',
  'reason.time_limit': 'マシンの利用時間が上限に達しました。',
  'reason.vanished': 'マシンがなくなりました。',
  'reason.run_vanished': '実行がマシンからなくなりました。',
  'reason.start_deadline': 'マシンが時間内に起動しませんでした。',
  'reason.silent': '実行からの連絡が長い間ありません。',
  'reason.trouble': '「{{text}}」',
  'reason.loss_broken': '{{name}} が数値ではなくなりました。',
  'reason.loss_risen': '{{name}} が最良値の {{times}} 倍を超えました。',
  'reason.hopeless':
    '{{folds}} 分割中 {{done}} つを終えた時点で最良の実行から大きく遅れ、残りでは追いつけません。',
  'reason.resumed': '最後のチェックポイントから再開しました。{{work}}分の計算をやり直さずに済みました。',
  'reason.chosen': '{{machine}}、見込み {{cost}}。選んだ理由: {{because}}。',
  'reason.chosen.late': '上限内に締切までに終わるマシンがなく、これが最も早く終わるため',
  'reason.chosen.only': '上限内で借りられる唯一のマシンのため',
  'reason.chosen.cheapest': '{{count}} 件のうち、実行の終了までの費用が最も安いため',
  'reason.chosen.next': '（{{machine}}なら {{cost}}）',
  'reason.machine': '{{provider}} の {{title}}（1 時間 {{price}}）',
  'reason.cost': '{{time}}・{{usd}}',
  'reason.cost_nothing': '{{time}}・費用はほぼなし',
  'reason.seconds': '{{value}}秒',
  'reason.minutes': '{{value}}分',
  'reason.hours': '{{value}}時間',
  'reason.none_offered': '今は{{limit}}{{needs}}を満たすマシンがどこにもありません。',
  'reason.needs_gpu': 'GPU メモリ {{gpu}}、',
  'reason.needs': 'メモリ {{memory}}、ディスク {{disk}} ',
  'reason.for_at_most': '1 時間 {{price}} 以下で、',
  'reason.none_fits': '条件に合うマシンがありません: {{parts}}。',
  'reason.between': '、',
  'reason.rejected.gpu_useless': 'GPU が不要な実行（{{count}} 件）',
  'reason.rejected.too_small': '容量が不足（{{count}} 件）',
  'reason.rejected.failed_here': '以前そこで失敗（{{count}} 件）',
  'reason.rejected.over_rate': '空いている 1 時間 {{free}} を超える（{{count}} 件）',
  'reason.rejected.over_budget': '最大の費用が残りの {{free}} を超える（{{count}} 件）',
  'reason.rejected.too_slow': '制限時間に対して遅すぎる（{{count}} 件）',
} as const satisfies Translation<typeof englishReasons>;

/** 学習に使うマシンについてスレッドで伝えること。 */
export const gpuWords = {
  ...reasonWords,
  'alert.name.cost-watch': 'レンタルマシンの監視',
  'started.limit_gpu': 'マシン費用 1日 {{cap}}',
  'alert.what.gpu_budget_day': '今日のマシンの予算の {{percent}} % を使いました',
  'alert.what.gpu_budget': '{{name}} はマシンの予算の {{percent}} % を使いました',
  'alert.within_caps': '解消しました。現在の使用額と確保額は十分下回っています。対応は不要です。',
  'alert.what.gpu_account': '{{name}} のアカウント',
  'alert.what.gpu_image': 'レンタルマシンのイメージ',
  'alert.what.gpu_over_cap': 'マシンが上限を超えるところでした',
  'status.on': '{{approach}}（{{provider}} の {{machine}}、1 時間 {{price}}）',
  'status.on_starting': '{{approach}}（{{provider}} の {{machine}}、起動中）',
  'status.waits': '{{- time}} からマシン待ち: {{names}}。{{reason}}',
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
  'gpus.rents_again':
    'データベースが応答しないため、新しいマシンが借りられる可能性があります。もう一度停止してください。',
  'gpus.left': 'まだ残っています: {{provider}} の {{machine}}(1 時間 {{price}})。{{reason}}',
  'gpus.left_next': '数分ごとに再試行します。待てない場合は事業者の管理画面で終了してください。',
  'gpus.unknown': '{{provider}} に何があるか分かりません: {{reason}} 管理画面を確認してください。',
  'gpus.allowed': '▶ マシンを再び借りられます',
  'gpus.allowed_summary': 'マシンを再び借りられます。',
  'gpus.not_held': '停止されていません。マシンを借りられます。',
  'gpus.running':
    '現在の借用: {{slug}} 用に {{provider}} の {{machine}}、1 時間 {{price}}、これまで {{cost}}（確保済み {{reserved}}、終了までは使用額に数えます）。',
  'gpus.on_hold': '借りたマシンはすべて停止され、新しく借りません。{{- command}} で再び許可できます。',
  'gpus.confirm': '借りたマシンをすべて停止しますか?',
  'gpus.confirm_text':
    'すぐに終了し、そこでの実行は後でやり直します。許可されるまで新しいマシンは借りません。',
  'gpus.by': '依頼者: {{- who}}。',
  'btn.stop_gpus': '全マシンを停止',
  'btn.allow_gpus': '借用を許可',
} as const satisfies Translation<typeof englishAnswers>;
