import type { CardContent } from '../../domain/card.ts';
import { columns } from './format.ts';

/** Any card as text: the console's rendering, and what screen readers get elsewhere. */
export function presentCard({ title, summary, body, facts }: CardContent): string {
  const rows = facts.map(({ label, value }) => [label, value]);
  return [title, ...(body === '' ? [summary] : [body]), ...columns(rows, '  ')].join('\n');
}
