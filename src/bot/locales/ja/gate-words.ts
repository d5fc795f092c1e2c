import type { gateWords as english } from '../en/gate-words.ts';
import type { Translation } from '../translation.ts';

export const gateWords = {
  'option.gate_done': '完了',
  'option.gate_skip': '見送る',
  'then.gate_done': 'すぐに確認し、開いていれば続けます。',
  'then.gate_skip': 'このコンペには参加しません。',
  'option.edit': '自分で入力',
  'then.contract_ok': '読み取った内容で続けます。',
  'then.contract_edit': '例のように入力してください: metric: MAP@5; target: price',
  'then.contract_maximize': 'この指標でデータを読み直します（高いほど良い）。',
  'then.contract_minimize': 'この指標でデータを読み直します（低いほど良い）。',
  'wait.used_up':
    '今日の提出回数を使い切りました。それまでにより良い候補が出なければ、回数が戻り次第送ります。',
  'wait.reserved': '一日の最後の 1 回は予備に残します。この候補は翌日まで待ちます。',
  'wait.small_gain': '改善幅が偶然の範囲内で、今日の残り回数も少ないため、余裕ができるまで待ちます。',
} as const satisfies Translation<typeof english>;
