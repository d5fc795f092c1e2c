import { z } from 'zod';
import type { Marker } from './render-card.ts';

/** Component ids are 32-bit integers from 1 on; small ones are those that Discord gives out itself. */
const smallest = 0x1000;
const largest = 0x7fffffff;

/** The two numbers that mark a card's message, from the card's UUID. */
export function markerOf(cardId: string): Marker {
  const hex = cardId.replaceAll('-', '');
  const numberAt = (from: number) =>
    smallest + (Number.parseInt(hex.slice(from, from + 8), 16) % (largest - smallest));
  const container = numberAt(0);
  const head = numberAt(24);
  return { container, head: head === container ? head - 1 : head };
}

const componentSchema = z.object({
  id: z.number().optional(),
  components: z.array(z.object({ id: z.number().optional() })).optional(),
});

/** True for the message of the card that this marker was made for. */
export function isMarked(components: readonly unknown[], { container, head }: Marker): boolean {
  return components.some((one) => {
    const parsed = componentSchema.safeParse(one);
    return parsed.data?.id === container && (parsed.data.components ?? []).some(({ id }) => id === head);
  });
}

/** The card's UUID in base64url, and the revision: 22 and at most 3 of the 25 characters that Discord takes. */
export function nonceOf(cardId: string, rev: number | null): string {
  const id = Buffer.from(cardId.replaceAll('-', ''), 'hex').toString('base64url');
  return rev === null ? id : `${id}${(rev % 46_656).toString(36).padStart(3, '0')}`;
}
