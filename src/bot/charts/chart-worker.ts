import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { Resvg } from '@resvg/resvg-js';
import { z } from 'zod';
import { type Chart, chartSchema } from '../../domain/chart.ts';
import { font } from './chart-frame.ts';
import { costsSvg } from './costs-svg.ts';
import { curvesSvg } from './curves-svg.ts';
import { runsSvg } from './runs-svg.ts';
import { scoresSvg } from './scores-svg.ts';
import { treeSvg } from './tree-svg.ts';

/** The thread that draws one picture: what it takes would hold up everything else for a moment. */
const { chart, scale } = z.object({ chart: chartSchema, scale: z.number().positive() }).parse(workerData);
const fonts = createRequire(import.meta.url);
const svg = svgOf(chart);
const picture = new Resvg(svg, {
  fitTo: { mode: 'zoom', value: scale },
  font: {
    // The same picture on every machine.
    loadSystemFonts: false,
    fontFiles: ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) =>
      fonts.resolve(`dejavu-fonts-ttf/ttf/${file}`),
    ),
    defaultFontFamily: font,
  },
}).render();
parentPort?.postMessage(new Uint8Array(picture.asPng()));

function svgOf(one: Chart): string {
  switch (one.kind) {
    case 'scores':
      return scoresSvg(one);
    case 'costs':
      return costsSvg(one);
    case 'tree':
      return treeSvg(one);
    case 'runs':
      return runsSvg(one);
    case 'curves':
      return curvesSvg(one);
  }
}
