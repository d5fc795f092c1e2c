import { metricFromText, metricSpec } from '../metrics/catalog.ts';
import { normaliseMetricText } from '../metrics/metric-text.ts';
import { directionOfText } from './direction.ts';
import { type ToldContract, toldContractSchema } from './findings.ts';

/**
 * Reads what a person wrote about how a competition is judged: `metric: MAP@5; target: price, size; higher is better`,
 * or a metric's name alone. What was said before and is not spoken of stands; of another metric it does not.
 * @returns null where nothing of it is understood
 */
export function readToldContract(note: string, before: ToldContract | null): ToldContract | null {
  const targets = /\btargets?(?: columns?)?\s*(?:[:=]|is\b|are\b)\s*([^;\n]+)/i.exec(note);
  const columns = targets?.[1]?.split(',').map(unquoted).filter(Boolean) ?? [];
  // A column may be called like a metric, or like a part of its name.
  const rest =
    targets === null
      ? note
      : `${note.slice(0, targets.index)} ${note.slice(targets.index + targets[0].length)}`;
  const named = metricFromText(rest);
  const direction = directionOfText(rest) ?? shortDirection(rest);
  if (named === null && columns.length === 0 && direction === null) return null;
  const kept = named === null ? before : { targetColumns: before?.targetColumns };
  const metric = named?.metric ?? before?.metric;
  // Only what differs from the metric's own way is kept.
  const isOwnWay = metric !== undefined && direction === metricSpec(metric).direction;
  const told = {
    ...kept,
    ...(named === null ? {} : { metric: named.metric }),
    ...(named?.k == null ? {} : { metricK: named.k }),
    ...(direction === null ? {} : { direction: isOwnWay ? undefined : direction }),
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
