import { expect, test } from 'vitest';
import { rejections } from '../../../src/domain/gpu/choose-offer.ts';
import type { RunReason } from '../../../src/domain/gpu/run-reason.ts';
import { cardText } from './card-text.ts';
import { aGpuAlert, aGpuNotice, gpuChoice, gpuMachines, noOffer } from './gpu-samples.ts';
import { render } from './rendering.ts';
import { aContent, inHours } from './samples.ts';

const working = aContent('status', { activity: ['boosting', 'net-deep', 'net-wide'], machines: gpuMachines });

test('the status says on which rented machine each run is, and what it costs', () => {
  const line = (locale: 'en' | 'ja') => cardText(render(working, { locale })).split('\n')[1];

  expect(line('en')).toMatchInlineSnapshot(
    `"Now: boosting · net-deep on RTX 3090 (24 GB), bid at Vast.ai (starting) · net-wide on RTX 3060 (12 GB), batch at SaladCloud ($0.04 an hour)"`,
  );
  expect(line('ja')).toMatchInlineSnapshot(
    `"実行中: boosting · net-deep（Vast.ai の RTX 3090 (24 GB), bid、起動中） · net-wide（SaladCloud の RTX 3060 (12 GB), batch、1 時間 $0.04）"`,
  );
});

test('the status says which runs wait for a machine, why, and since when', () => {
  const taken = { code: 'taken_rented' };
  const waiting = [
    { approach: 'net-wide', since: inHours(-1), reason: noOffer },
    { approach: 'net-deep', since: inHours(-0.5), reason: taken },
    { approach: 'net-flat', since: inHours(-0.75), reason: taken },
  ];
  const some = render(aContent('status', { activity: ['boosting'], waiting }), { locale: 'ja' });
  const all = render(aContent('status', { activity: [], waiting }));

  expect(all.title).toContain('waits for a machine');
  expect(all.body.slice(0, 2).join('\n')).toMatchInlineSnapshot(`
    "Waits for a machine since 13:32: net-wide. No provider has a machine now with a graphics card of 8 GB, 4 GB of memory and 21 GB of disk for at most $0.15 an hour.
    Waits for a machine since 13:47: net-deep, net-flat. Other runs have the rented machines now."
  `);
  expect(some.title).toContain('学習中');
  expect(some.body.slice(0, 3).join('\n')).toMatchInlineSnapshot(`
    "実行中: boosting
    13:32 からマシン待ち: net-wide。今は1 時間 $0.15 以下で、GPU メモリ 8 GB、メモリ 4 GB、ディスク 21 GB を満たすマシンがどこにもありません。
    13:47 からマシン待ち: net-deep、net-flat。借りたマシンは、ほかの実行が使用中です。"
  `);
  const [line] = aContent('board').lines;
  const training = { ...line, state: 'training', decisionUntil: null, waitsForMachine: true };
  const board = render(aContent('board', { lines: [training] }));
  expect(board.table?.rows[0]?.[1]).toMatch(/^🔵 waits for a machine(, round|$)/);
});

test('why a run got a machine, or was ended, is told in the language of its readers', () => {
  const textOf = (event: string, why: RunReason) => render(aGpuNotice(event, why), { locale: 'ja' }).body[0];

  expect(textOf('machine_chosen', gpuChoice)).toMatchInlineSnapshot(
    `"net-wide: SaladCloud の RTX 3060 (12 GB), batch（1 時間 $0.04）、見込み 3.1時間・$0.12。選んだ理由: 12 件のうち、実行の終了までの費用が最も安いため（Vast.ai の RTX 3090 (24 GB), bid（1 時間 $0.087）なら 82分・$0.14）。"`,
  );
  expect(
    textOf('machine_awaited', {
      ...{ code: 'none_fits', usdPerHour: 0.11, usd: 1.5 },
      rejected: rejections.map((why, index) => ({ why, count: index + 1 })),
    }),
  ).toMatchInlineSnapshot(
    `"net-wide: 条件に合うマシンがありません: GPU が不要な実行（1 件）、容量が不足（2 件）、以前そこで失敗（3 件）、空いている 1 時間 $0.11 を超える（4 件）、最大の費用が残りの $1.50 を超える（5 件）、制限時間に対して遅すぎる（6 件）。"`,
  );
  expect(textOf('run_resumed', { code: 'resumed', seconds: 1_800 })).toMatchInlineSnapshot(
    `"net-wide: 最後のチェックポイントから再開しました。30分分の計算をやり直さずに済みました。"`,
  );
  expect(textOf('run_given_up', { code: 'hopeless', done: 3, folds: 5 })).toMatchInlineSnapshot(
    `"net-wide: 5 分割中 3 つを終えた時点で最良の実行から大きく遅れ、残りでは追いつけません。"`,
  );
});

test('the choice of a machine, and its loss, are told with the reason', () => {
  const lost = aGpuNotice('machine_lost', { code: 'trouble', text: 'The host of the machine is away.' });

  expect(cardText(render(aGpuNotice('machine_chosen', gpuChoice)))).toMatchInlineSnapshot(`
    "🖥 titanic: a machine is rented
    net-wide: RTX 3060 (12 GB), batch on SaladCloud at $0.04/h, 3.1 h and $0.12 expected, because it is the cheapest of 12 to the end of the run; RTX 3090 (24 GB), bid on Vast.ai at $0.087/h would take 82 min and $0.14.
    > titanic: a machine is rented"
  `);
  expect(cardText(render(lost))).toMatchInlineSnapshot(`
    "🔁 titanic: a rented machine was lost
    net-wide: The host of the machine is away.
    The run goes on from its last checkpoint on another one, or begins again. Nothing for you to do.
    > titanic: a rented machine was lost. net-wide: The host of the machine is away."
  `);
  expect(cardText(render(lost, { locale: 'ja' }))).toMatchInlineSnapshot(`
    "🔁 titanic: 借りたマシンが失われました
    net-wide: 「The host of the machine is away.」
    実行は別のマシンで最後のチェックポイントから続けるか、最初からやり直します。対応は不要です。
    > titanic: 借りたマシンが失われました。net-wide: 「The host of the machine is away.」"
  `);
});

test('a warning about money shows where to look, and stops all machines once that is confirmed', () => {
  const alert = aGpuAlert('gpu_budget:*:80', 'gpu.budget_reached', 'Rented machines have used 80 %.');

  expect(cardText(render(alert))).toMatchInlineSnapshot(`
    "🟠 Warning · 80 % of what rented machines may cost today is used
    Rented machines have used 80 %.
    Happened: once, 14:22
    (Budget) (Stop all machines !danger ?)
    ref gpu.budget_reached
    > 80 % of what rented machines may cost today is used: Warning. Rented machines have used 80 %."
  `);
  expect(cardText(render(alert, { locale: 'ja' }))).toMatchInlineSnapshot(`
    "🟠 警告 · 今日のマシンの予算の 80 % を使いました
    「Rented machines have used 80 %.」
    発生: 14:22 から1回
    (予算) (全マシンを停止 !danger ?)
    問い合わせ番号 gpu.budget_reached
    > 今日のマシンの予算の 80 % を使いました: 警告。Rented machines have used 80 %."
  `);
});

test('a warning about money that is over does not claim that something works again', () => {
  const clearedAt = inHours(-0.5);
  const over = { code: 'gpu.budget_reached', message: 'Used.', clearedAt, alertKind: 'gpu_budget:*:80' };

  expect(render(aContent('alert', over)).body[0]).toMatch(/^That is over: what is spent and reserved now/);
});
