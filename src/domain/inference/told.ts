import { metricFromText, metricSpec } from '../metrics/catalog.ts';
import { normaliseMetricText } from '../metrics/metric-text.ts';
import { directionOfText } from './direction.ts';
import { type ToldContract, toldContractSchema } from './findings.ts';

/**
 * Reads what a person wrote about how a competition is judged: `metric: MAP@5; target: price, size; higher is better`,
 * or a metric's name alone. What was said before and is not spoken of stands.
 * @returns null where nothing of it is understood
 */
export function readToldContract(note: string, before: ToldContract | null): ToldContract | null {
  const targets = /\btargets?(?: columns?)?\s*(?:[:=]|is|are)\s*([^;\n]+)/i.exec(note)?.[1];
  const columns = targets?.split(',').map(unquoted).filter(Boolean) ?? [];
  // A column may be called like a metric.
  const rest = targets === undefined ? note : note.replace(targets, ' ');
  const named = metricFromText(rest);
  const direction = directionOfText(rest) ?? shortDirection(rest);
  if (named === null && columns.length === 0 && direction === null) return null;
  const told = {
    ...before,
    ...(named === null ? {} : { metric: named.metric }),
    ...(named?.k == null ? {} : { metricK: named.k }),
    ...(direction === null || (named !== null && metricSpec(named.metric).direction === direction)
      ? {}
      : { direction }),
    ...(columns.length === 0 ? {} : { targetColumns: columns }),
  };
  return toldContractSchema.safeParse(told).data ?? null;
}

function unquoted(text: string): string {
  return text.trim().replace(/^["'`]|["'`.]$/g, '');
}

/** `direction: minimize`, `lower`. */
function shortDirection(text: string): ToldContract['direction'] | null {
  const words = normaliseMetricText(text);
  if (/\b(minimi[sz]e|lower|min)\b/.test(words)) return 'minimize';
  return /\b(maximi[sz]e|higher|max)\b/.test(words) ? 'maximize' : null;
}
