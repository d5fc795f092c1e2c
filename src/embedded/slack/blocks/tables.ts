import { z } from 'zod';
import { richTextBlock } from './rich-text.ts';
import { blockId } from './text.ts';

const cell = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('raw_text'), text: z.string().min(1) }),
  z.strictObject({ type: z.literal('raw_number'), value: z.number(), text: z.string().min(1) }),
  richTextBlock,
]);

export const table = z.strictObject({
  type: z.literal('table'),
  block_id: blockId,
  rows: z.array(z.array(cell).min(1).max(20)).min(1).max(100),
  column_settings: z
    .array(
      z
        .strictObject({
          align: z.enum(['left', 'center', 'right']).exactOptional(),
          is_wrapped: z.boolean().exactOptional(),
        })
        .nullable(),
    )
    .max(20)
    .exactOptional(),
});

/** The first row is the header. Source: data table block. */
export const dataTable = z.strictObject({
  type: z.literal('data_table'),
  block_id: blockId,
  caption: z.string().min(1),
  rows: z.array(z.array(cell).min(1).max(20)).min(2).max(101),
  page_size: z.int().min(1).max(100).exactOptional(),
  row_header_column_index: z.int().min(0).max(19).exactOptional(),
});

const shortLabel = z.string().min(1).max(20);
const axisLabel = z.string().min(1).max(50).exactOptional();
const seriesChart = {
  series: z
    .array(
      z.strictObject({
        name: shortLabel,
        data: z.array(z.strictObject({ label: shortLabel, value: z.number() })).min(1),
      }),
    )
    .min(1)
    .max(6),
  axis_config: z.strictObject({
    categories: z.array(shortLabel).min(1),
    x_label: axisLabel,
    y_label: axisLabel,
  }),
};

/** Source: data visualization block. */
export const dataVisualization = z.strictObject({
  type: z.literal('data_visualization'),
  block_id: blockId,
  title: z.string().min(1).max(50),
  chart: z
    .discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('pie'),
        segments: z
          .array(z.strictObject({ label: shortLabel, value: z.number().positive() }))
          .min(1)
          .max(6),
      }),
      z.strictObject({ type: z.literal('bar'), ...seriesChart }),
      z.strictObject({ type: z.literal('area'), ...seriesChart }),
      z.strictObject({ type: z.literal('line'), ...seriesChart }),
    ])
    .superRefine((chart, check) => {
      if (chart.type === 'pie') return;
      const names = new Set(chart.series.map(({ name }) => name));
      if (names.size < chart.series.length) {
        check.addIssue({ code: 'custom', path: ['series'], message: 'names of series must be unique' });
      }
      for (const [index, { data }] of chart.series.entries()) {
        const labels = data.map(({ label }) => label);
        if (labels.join('\n') === chart.axis_config.categories.join('\n')) continue;
        check.addIssue({
          code: 'custom',
          path: ['series', index, 'data'],
          message: 'must have one value per category',
        });
      }
    }),
});
