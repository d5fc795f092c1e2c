import type Anthropic from '@anthropic-ai/sdk';
import type { BilledUsage } from '../../domain/model-prices.ts';
import { claudeFailure } from './claude-failure.ts';
import { billedNothing } from './claude-turn.ts';

/** What is known of a stream's cost while it runs. */
export type Meter = {
  /** As the vendor counted it last; null before it said anything. */
  usage: BilledUsage | null;
  /** Of all that was shown; a token has at least one. */
  shownBytes: number;
  /** It thought without showing it, so what it wrote cannot be bounded by what was seen. */
  hasHidden: boolean;
};

export function createMeter(): Meter {
  return { usage: null, shownBytes: 0, hasHidden: false };
}

/**
 * One streamed message, whole.
 * @throws what `claudeFailure` says, when the stream fails before its end
 */
export async function streamMessage(
  sdk: Anthropic,
  params: Anthropic.MessageStreamParams,
  options: { signal: AbortSignal; now: () => Date; meter: Meter },
): Promise<Anthropic.Message> {
  const { signal, now, meter } = options;
  try {
    const stream = sdk.messages.stream(params, { signal });
    for await (const event of stream) {
      if (event.type === 'message_start') meter.usage = billedOf(event.message.usage);
      if (event.type === 'message_delta')
        meter.usage = { ...(meter.usage ?? billedNothing()), ...grown(event.usage) };
      if (event.type === 'content_block_start') meter.hasHidden ||= isThinking(event.content_block.type);
      if (event.type === 'content_block_delta') meter.shownBytes += deltaBytes(event.delta);
    }
    return await stream.finalMessage();
  } catch (error) {
    throw claudeFailure(error, signal, now);
  }
}

/** The vendor's counters. A cache write whose time is not told apart counts as the dearer one. */
export function billedOf(usage: Anthropic.Usage): BilledUsage {
  const written = usage.cache_creation_input_tokens ?? 0;
  const forFiveMinutes = Math.min(written, usage.cache_creation?.ephemeral_5m_input_tokens ?? 0);
  return {
    inputTokens: usage.input_tokens,
    cacheWrite5mTokens: forFiveMinutes,
    cacheWrite1hTokens: written - forFiveMinutes,
    cacheReadTokens: usage.cache_read_input_tokens ?? 0,
    outputTokens: usage.output_tokens,
    searches: usage.server_tool_use?.web_search_requests ?? 0,
  };
}

/** What is shown of it may be a summary. */
function isThinking(type: Anthropic.ContentBlock['type']): boolean {
  return type === 'thinking' || type === 'redacted_thinking';
}

function grown(usage: Anthropic.MessageDeltaUsage): Partial<BilledUsage> {
  return {
    outputTokens: usage.output_tokens,
    ...(usage.input_tokens === null ? {} : { inputTokens: usage.input_tokens }),
    ...(usage.server_tool_use == null ? {} : { searches: usage.server_tool_use.web_search_requests }),
  };
}

function deltaBytes(delta: Anthropic.RawContentBlockDelta): number {
  switch (delta.type) {
    case 'text_delta':
      return Buffer.byteLength(delta.text);
    case 'thinking_delta':
      return Buffer.byteLength(delta.thinking);
    case 'input_json_delta':
      return Buffer.byteLength(delta.partial_json);
    default:
      return 0;
  }
}
