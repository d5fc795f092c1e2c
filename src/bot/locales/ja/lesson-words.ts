import type { lessonAnswers as english, lessonWords as englishWords } from '../en/lesson-words.ts';
import type { Translation } from '../translation.ts';

export const lessonAnswers = {
  'command.lessons.summary': 'これまでのコンペで得た教訓とその根拠。削除は管理者のみ',
  'command.lessons.details':
    'slug を付けると、そのコンペに役立つ教訓から順に、元のコンペとの類似度と、そこで勝った方法を示します。裏付けより反証が多くなった教訓は自動的に外れます。forget に教訓の ID を付けると、その教訓は以後使われません。',
  'parameter.forget': '忘れる教訓の ID',
  'lessons.title': 'すべてのコンペの教訓',
  'lessons.title_for': '{{slug}} · 関わりのある教訓',
  'lessons.summary_other': '有効な教訓は {{count}} 件です',
  'lessons.none': 'まだ教訓はありません。教訓は各ラウンドの後に記録されます。',
  'lessons.drift': '学習データとテストデータに違いがあります。',
  'lessons.more_other': 'ほか {{count}} 件',
  'lessons.retired_other': '無効になった教訓 {{count}} 件',
  'lessons.how': '忘れるには: {{- command}}',
  'lessons.source.rule': 'スコアから得た教訓',
  'lessons.source.model': '言語モデルの結論',
  'lessons.source.person': '人からの助言',
  'usage.no_lesson': '「{{typed}}」は教訓の ID ではありません。ID は教訓の一覧にあります（例: 1a2b3c4d）。',
  'lessons.forgotten': '教訓 {{id}} を忘れました',
  'lessons.forgotten_text': '今後はどこにも使われず、後から学んだことによって復活することもありません。',
} as const satisfies Translation<typeof english>;

export const lessonWords = {
  'kind.post_mortem': 'このコンペで得た教訓を確認してください。',
  'option.save_lessons': '保存',
  'option.add_view': '意見を加える',
  'then.save_lessons': '以後のコンペはこの教訓をそのまま利用します。',
  'then.add_view': 'あなたの言葉を、これらと並ぶ教訓として記録します。',
  'fact.best_approach': '最良の方法',
  'fact.approaches_tried': '試した方法の数',
  'alert.what.drift': '{{name}} の学習データとテストデータの違い',
} as const satisfies Translation<typeof englishWords>;
