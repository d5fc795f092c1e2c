import type { commandWords as english } from '../en/command-words.ts';
import type { Translation } from '../translation.ts';

export const commandWords = {
  'group.run': '実行',
  'group.look': '確認',
  'group.decide': '判断',
  'group.set_up': '設定',

  'command.start.summary': 'コンペに参加し、最後まで取り組みます',
  'command.start.details':
    'slug はコンペのアドレスの最後の部分です。アドレス全体でも構いません。省略するとフォームが開きます。同時に動くコンペの数は設定で決まり、残りは priority の小さい順に待ちます（1 から 1000、指定がなければ 100）。budget はコンペ全体の予算（米ドル）です。time-limit は秒、または 30m、2h、1d のように書きます。',
  'command.pause.summary': 'コンペをその場で止めます。失われるものはありません',
  'command.pause.details': '一時停止中は判断の期限も待ちます。',
  'command.resume.summary': '一時停止したコンペを再開します',
  'command.resume.details': '止めた段階から続けます。',
  'command.stop.summary': 'コンペを完全に終了します。先に確認します',
  'command.stop.details':
    '提出、コード、結果は残ります。実行中の実験は終わり、借りているマシンは返します。--all-gpus はすべてのコンペの借りたマシンをただちに終了し、resume --all-gpus まで新しく借りません。',
  'command.status.summary': 'コンペの段階、スコア、いまの作業',
  'command.status.details':
    'slug を省略すると、スレッドのコンペ、動いている唯一のコンペ、または一覧を表示します。',
  'command.list.summary': 'すべてのコンペを1行ずつ',
  'command.list.details':
    '判断待ちが先頭です。running、done、available で絞り込めます。available は開始できるコンペです。',
  'command.leaderboard.summary': '最後に読んだ順位表と自分の順位',
  'command.leaderboard.details': '順位表は提出のたびに、また定期的に読みます。',
  'command.research.summary': '調べて分かったこと、その出典、試すこと',
  'command.research.details':
    '各ラウンドの調査結果とアイデアを新しい順に、到達したスコアとともに表示します。',
  'command.logs.summary': 'コンペの直近の処理とその結果',
  'command.logs.details':
    '各処理の試行回数、結果、失敗した場合は理由を表示します。数字で件数を指定できます。slug の代わりに decisions と書くと、誰が何を決めたかを表示します。',
  'command.decide.summary': '判断待ちの一覧、または記号か番号での回答',
  'command.decide.details':
    '複数ある場合は、ID かコンペの slug で指定してください。コメントは助言として判断とともに残り、次のラウンドの調査に渡されます。回答がなければ期限に既定の選択肢を実行します。選択肢の代わりに later で一度だけ期限を延ばし、again で締め切った判断をもう一度質問します。',
  'command.budget.summary': '本日の支出と上限。上限は管理者が変更できます',
  'command.budget.details':
    'gpu-day と llm-day は1日の上限、gpu-hour は全マシンの1時間の上限、llm-competition は1コンペの言語モデルの上限です。ここで変えた上限は再起動後も有効です。',
  'command.config.summary': '言語、タイムゾーン、ダイジェスト、静かな時間、通知の種類',
  'command.config.details':
    '管理者が変更できます: language（en か ja）、time-zone（Asia/Tokyo など）、digest（09:00 か off）、quiet-hours（22:00-08:00 か off）、bars（on か off）、broadcast（種類をコンマ区切り、または none）。',
  'command.help.summary': 'この一覧、またはコマンドの詳細',
  'command.help.details': 'ダイレクトメッセージとコンソールでは、先頭のエージェント名を省略できます。',

  'parameter.competition': 'slug またはアドレス。スレッド内では省略可',
  'parameter.budget': 'コンペ全体の予算（米ドル）',
  'parameter.rounds': 'ラウンドの上限',
  'parameter.priority': '1 が最優先。省略時は 100',
  'parameter.approaches': '1ラウンドの手法の数',
  'parameter.time-limit': 'コンペ全体の時間制限（秒）',
  'parameter.public': 'ここにいる全員に表示する',
  'parameter.filter': '表示するコンペ',
  'parameter.errors': '問題が起きた処理のみ',
  'parameter.period': '図の期間',
  'parameter.lines': '件数。省略時は 20',
  'parameter.decision': '判断の ID、またはコンペの slug',
  'parameter.option': '選択肢の記号か番号',
  'parameter.note': '次のラウンドへの助言',
  'parameter.cap': '変更する上限',
  'parameter.usd': '米ドル',
  'parameter.reason': '理由（あとで読む人のため）',
  'parameter.name': '変更する設定',
  'parameter.value': '設定する値',
  'parameter.command': 'コマンド',

  'usage.no_slug': '「{{typed}}」はコンペの slug ではありません。',
  'usage.two_slugs': 'コンペは1つずつ指定してください。「{{first}}」と「{{second}}」の2つがあります。',
  'usage.unknown_option': '「{{name}}」は {{verb}} の項目ではありません。',
  'usage.not_whole': '{{name}} は整数で指定してください。例: 3',
  'usage.not_money': '{{name}} は米ドルで指定してください。例: 5、2.50。上限は 100000 です。',
  'usage.out_of_range': '{{name}} は {{min}} から {{max}} までです。',
  'usage.unknown_word': '「{{typed}}」は次のどれでもありません: {{choices}}',
  'usage.missing': '{{name}} の値がありません。',
} as const satisfies Translation<typeof english>;
