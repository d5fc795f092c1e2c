import type { ModelUsage } from '../llm/contract.ts';
import { type Attribution, composeReport, type RawSource } from './compose-report.ts';
import type { Citation } from './contract.ts';
import type { GeminiContent, Interaction } from './gemini-wire.ts';

/** The last thing that the agent wrote, with its sources; an empty text where it wrote nothing. */
export function reportOfInteraction(interaction: Interaction): { text: string; citations: Citation[] } {
  const written = (interaction.steps ?? []).filter(
    ({ type, content }) => type === 'model_output' && (content ?? []).some(isText),
  );
  const contents = (written.at(-1)?.content ?? interaction.outputs ?? []).filter(isText);
  let text = '';
  const attributions: Attribution[] = [];
  const others: RawSource[] = [];
  for (const content of contents) {
    // Each text counts the bytes of its annotations from its own beginning.
    const base = Buffer.byteLength(text);
    text += content.text ?? '';
    for (const annotation of content.annotations ?? []) {
      const { start_index: start, end_index: end } = annotation;
      const source = {
        title: annotation.title ?? annotation.file_name ?? undefined,
        url: annotation.url ?? annotation.document_uri ?? undefined,
      };
      if (typeof end !== 'number') others.push(source);
      else attributions.push({ startByte: base + (start ?? 0), endByte: base + end, sources: [source] });
    }
  }
  return composeReport(text, attributions, others);
}

function isText({ type, text }: GeminiContent): boolean {
  return (type === 'text' || type == null) && typeof text === 'string' && text.trim() !== '';
}

export function usageOfInteraction({ usage }: Interaction): ModelUsage {
  return {
    inputTokens: whole(usage?.total_input_tokens),
    cacheWriteTokens: 0,
    cacheReadTokens: whole(usage?.total_cached_tokens),
    outputTokens: whole(usage?.total_output_tokens) + whole(usage?.total_thought_tokens),
    searches: 0,
  };
}

/** The ledger counts whole tokens, whatever the vendor says. */
function whole(tokens: number | null | undefined): number {
  return Math.max(0, Math.round(tokens ?? 0));
}
