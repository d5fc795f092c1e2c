import type { chats as english } from '../en/chats.ts';
import type { Translation } from '../translation.ts';

export const chats = {
  // the first words in a channel, before the agent is started
  connected:
    'Kaggle Agent です。このチャンネルに接続しました。起動したら、ここで /kaggle help と入力してください。',

  'slack.working': '処理しています…',
  'slack.loading': '少々お待ちください…',
  'slack.done': '完了',
  'slack.btn.close': '閉じる',
  'slack.btn.cancel': 'キャンセル',
  'slack.failed': 'こちら側で処理に失敗しました。',
  'slack.failed_next': '失われたものはありません。少し待ってからもう一度お試しください。',
  'slack.late_form': 'フォームを時間内に開けませんでした。',
  'slack.late_form_next': 'ボタンを押すと開きます。',
  'slack.file_sent': 'ファイルはダイレクトメッセージに送りました。',
  'slack.old_form': 'このフォームは更新前のものです。もう一度開いてください。',

  'discord.btn.open_form': 'フォームを開く',
  'discord.form_title': '入力フォーム',
  'discord.form_offer': 'ボタンを押してフォームに入力してください。',
  'discord.form_gone': 'このフォームは再起動前のものです。コマンドまたはボタンをもう一度お使いください。',
  'discord.fix_title': '入力を確認してください',
  'discord.fix_fields': 'まだ何も変更していません。次の項目を確認してください:',
  'discord.pick': '候補から選択',
  'discord.sure': '実行しますか？',
  'discord.pressed': '押したボタン: {{label}}',
  'discord.shown': '全員に見える形で下に回答しました。',
  'discord.failed': 'こちらの問題で失敗しました。中途半端な変更はありません。もう一度お試しください。',
} as const satisfies Translation<typeof english>;
