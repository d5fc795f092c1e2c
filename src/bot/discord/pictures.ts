import { createHash } from 'node:crypto';
import type { Chart } from '../../domain/chart.ts';
import { asFailure } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import type { Card } from '../card.ts';
import { cut } from '../shorten.ts';
import { limits } from './limits.ts';
import { fileName } from './render-card.ts';

/** Gives a PNG. */
export type DrawChart = (chart: Chart) => Promise<Buffer>;

export type Attached = { name: string; data: Buffer; contentType: string; description: string | null };

/** What is attached to a card, and a name for exactly these contents. */
export type Attachments = {
  files: readonly Attached[];
  /** By picture of the card; null where it could not be drawn. */
  pictures: readonly (string | null)[];
};

/** The same for the same pictures and file, whatever their words. */
export function attachmentsHash({ images, file }: Card): string {
  if (images.length === 0 && file === null) return '';
  const facts = JSON.stringify([images.map(({ chart }) => chart), file]);
  return createHash('sha256').update(facts).digest('base64url').slice(0, 12);
}

/** Names are known without drawing, so that an unchanged picture is only named again. */
export function pictureNames({ images }: Card): string[] {
  return images.map((_, index) => `chart-${index + 1}.png`);
}

/** Draws a card's pictures; one that cannot be drawn is left out, since the card's text says the same. */
export async function attachmentsOf(
  card: Card,
  { drawChart, log }: { drawChart: DrawChart; log: Log },
): Promise<Attachments> {
  const names = pictureNames(card);
  const drawn = await Promise.all(
    card.images.map(async ({ chart, alt }, index): Promise<Attached | null> => {
      try {
        const data = await drawChart(chart);
        const description = cut(alt, limits.altText);
        return { name: names[index] ?? 'chart.png', data, contentType: 'image/png', description };
      } catch (error) {
        log.warn({ err: asFailure(error) }, 'chart not drawn');
        return null;
      }
    }),
  );
  const pictures = drawn.map((one) => one?.name ?? null);
  const files = drawn.flatMap((one) => one ?? []);
  if (card.file === null) return { files, pictures };
  const text = { name: fileName(card.file.name), data: Buffer.from(card.file.text), description: null };
  return { files: [...files, { ...text, contentType: 'text/plain; charset=utf-8' }], pictures };
}
