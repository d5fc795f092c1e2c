import { alignColumns } from '../bot/text-columns.ts';
import type { SettingReport } from '../config/load.ts';

/** Every setting with its value and where it came from. Secrets say only whether they are set. */
export function presentSettings(settings: readonly SettingReport[]): string {
  const titles = [...new Set(settings.map(({ group }) => group))];
  const rows = settings.map((one) => [
    one.env,
    one.value,
    one.from === 'default' ? 'default' : `from ${one.from}`,
  ]);
  const lines = alignColumns(rows, { indent: '  ' });
  return [
    ...titles.flatMap((title) => [title, ...lines.filter((_, index) => settings[index]?.group === title)]),
    'One of them in detail: kaggle-agent config explain NAME',
  ].join('\n');
}
