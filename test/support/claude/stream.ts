import type { ServerResponse } from 'node:http';
import type { Block, BuiltMessage } from './message.ts';
import type { Fault } from './script.ts';

type Event = { type: string } & Record<string, unknown>;

const pieceLength = 400;

/** The whole message as the vendor's JSON. */
export function messageJson(message: BuiltMessage): Record<string, unknown> {
  return {
    id: message.id,
    type: 'message',
    role: 'assistant',
    model: message.model,
    content: message.content,
    stop_reason: message.stopReason,
    stop_sequence: null,
    stop_details: message.stopDetails,
    usage: { ...message.usage, service_tier: 'standard', inference_geo: 'global' },
    container: null,
  };
}

/** Sends it as the vendor streams it: in order, with pings, and broken off where the fault says so. */
export function streamMessage(response: ServerResponse, message: BuiltMessage, fault: Fault | null): void {
  const events = eventsOf(message);
  const send = ({ type, ...rest }: Event): void => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`);
  };
  const middle = Math.max(2, Math.floor(events.length / 2));
  for (const [index, event] of events.entries()) {
    if (fault !== null && 'stall' in fault && index === 2) return;
    if (fault !== null && index === middle) {
      if ('streamError' in fault) {
        send({ type: 'error', error: { type: fault.streamError, message: 'It broke off.' } });
        response.end();
        return;
      }
      if ('cut' in fault && fault.cut === 'short') {
        response.end();
        return;
      }
      if ('cut' in fault) {
        // What was written must be on its way first.
        response.write('', () => response.destroy());
        return;
      }
    }
    send(event);
  }
  response.end();
}

function eventsOf(message: BuiltMessage): Event[] {
  const {
    output_tokens: outputTokens,
    output_tokens_details: details,
    server_tool_use: used,
    ...prompt
  } = message.usage;
  const start = {
    ...messageJson(message),
    content: [],
    stop_reason: null,
    stop_details: null,
    usage: { ...prompt, output_tokens: 1, server_tool_use: null, service_tier: 'standard' },
  };
  return [
    { type: 'message_start', message: start },
    { type: 'ping' },
    // Whoever reads this has to let pass what it does not know.
    { type: 'vendor_news', index: 0 },
    ...message.content.flatMap(blockEvents),
    {
      type: 'message_delta',
      delta: { stop_reason: message.stopReason, stop_sequence: null, stop_details: message.stopDetails },
      usage: {
        input_tokens: prompt.input_tokens,
        cache_creation_input_tokens: prompt.cache_creation_input_tokens,
        cache_read_input_tokens: prompt.cache_read_input_tokens,
        output_tokens: outputTokens,
        output_tokens_details: details,
        server_tool_use: used,
      },
    },
    { type: 'message_stop' },
  ];
}

function blockEvents(block: Block, index: number): Event[] {
  const delta = (one: Record<string, unknown>): Event => ({ type: 'content_block_delta', index, delta: one });
  const stop = { type: 'content_block_stop', index };
  const start = (one: Block): Event => ({ type: 'content_block_start', index, content_block: one });
  switch (block.type) {
    case 'thinking':
      return [
        start({ type: 'thinking', thinking: '', signature: '' }),
        ...pieces(String(block.thinking)).map((thinking) => delta({ type: 'thinking_delta', thinking })),
        delta({ type: 'signature_delta', signature: block.signature }),
        stop,
        { type: 'ping' },
      ];
    case 'text':
      return [
        start({ type: 'text', text: '', citations: block.citations === null ? null : [] }),
        ...(Array.isArray(block.citations) ? block.citations : []).map((citation: unknown) =>
          delta({ type: 'citations_delta', citation }),
        ),
        ...pieces(String(block.text)).map((text) => delta({ type: 'text_delta', text })),
        stop,
      ];
    case 'server_tool_use':
      return [
        start({ ...block, input: {} }),
        delta({ type: 'input_json_delta', partial_json: JSON.stringify(block.input) }),
        stop,
      ];
    default:
      return [start(block), stop];
  }
}

function pieces(text: string): string[] {
  const points = [...text];
  const count = Math.ceil(points.length / pieceLength);
  return Array.from({ length: count }, (_, at) =>
    points.slice(at * pieceLength, (at + 1) * pieceLength).join(''),
  );
}
