import type { searchWords as english } from '../en/search-words.ts';
import type { Translation } from '../translation.ts';

export const searchWords = {
  'operator.draft': '初案',
  'operator.improve': '改良',
  'operator.debug': '修正',
  'operator.merge': '統合',
  'chart.tree_other':
    '{{slug}} の解法ツリー: ノード {{count}} 個、採点済み {{scored}}、失敗 {{failed}}、進行中 {{open}}。',
  'chart.tree_best': '最良: {{name}}、{{score}}。',
  'chart.tree_nodes': '採点済み: {{list}}。',
  'chart.tree_node': '{{number}} {{name}}（{{operator}}）{{score}}',
  tracked: 'wandb で見る: {{- links}}',
  'chart.curves': '折れ線グラフ、{{name}} のスクリプトが学習中に測った値: {{list}}。',
  'chart.curve': '{{name}} {{first}} → {{last}}',
  'alert.what.llm_budget': '{{name}} は言語モデルの予算の {{percent}} % を使いました',
  'alert.what.llm_budget_day': '今日の言語モデルの予算の {{percent}} % を使いました',
  'alert.name.claude': 'Claude',
  'kind.model_budget': '言語モデルの予算をほぼ使い切りました。',
  'option.baseline': 'ベースラインのみ',
  'then.baseline':
    '計画はプレイブック、コードはベースライン生成器が作ります。このコンペではモデルに支払いません。',
  'then.more_models': 'このコンペだけ上限を上げてモデルを使い続けます。',
  'then.idea': '試したいことを書いてください（空欄も可）。調査に取り入れ、新しいラウンドを始めます。',
  'fact.models': 'モデル',
  'status.tree_other': 'ツリー: ノード {{count}} 個、{{branches}}',
  'status.tree_branches_other': '枝 {{count}} 本',
  'status.tree_best': '最良 {{score}}、{{name}}（{{operator}}）',
  'status.cost_parts': '{{total}}（マシン {{gpu}}、モデル {{models}}）',
  'notice.leak_found': '{{slug}}: 予測する値を見ていたため、ノードを外しました',
  'notice.score_examined': '{{slug}}: 良すぎるスコアがあります',
  'notice.open_node': 'ノードを開く',
} as const satisfies Translation<typeof english>;
