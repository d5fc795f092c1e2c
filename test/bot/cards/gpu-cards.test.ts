import { expect, test } from 'vitest';
import { cardText } from './card-text.ts';
import { aGpuAlert, aGpuNotice, gpuChoice, gpuMachines } from './gpu-samples.ts';
import { render } from './rendering.ts';
import { aContent } from './samples.ts';

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

test('the choice of a machine, and its loss, are told with the reason', () => {
  const lost = aGpuNotice('machine_lost', 'net-wide: The host of the machine is away.');

  expect(cardText(render(aGpuNotice('machine_chosen', gpuChoice)))).toMatchInlineSnapshot(`
    "🖥 titanic: a machine is rented
    net-wide: RTX 3060 (12 GB), batch on SaladCloud at $0.04/h, 3.1 h and $0.12 expected, because it is the cheapest of 12 to the end of the run; RTX 3090 (24 GB), bid on Vast.ai at $0.097/h would take 82 min and $0.14.
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
    「net-wide: The host of the machine is away.」
    実行は別のマシンで最後のチェックポイントから続けるか、最初からやり直します。対応は不要です。
    > titanic: 借りたマシンが失われました。「net-wide: The host of the machine is away.」"
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
