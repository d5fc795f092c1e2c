import { randomBytes } from 'node:crypto';
import type { PromptUsage } from './prompt-cache.ts';
import { type CheckedRequest, signatureOf } from './request-rules.ts';
import type { CitedText, FoundPage, ScriptedAnswer, ScriptedSearch } from './script.ts';
import { firstTokens, tokensOf } from './tokens.ts';

export type Block = Record<string, unknown> & { type: string };

export type BuiltMessage = {
  id: string;
  model: string;
  content: Block[];
  stopReason: string;
  stopDetails: Record<string, unknown> | null;
  usage: PromptUsage & {
    output_tokens: number;
    output_tokens_details: { thinking_tokens: number };
    server_tool_use: { web_search_requests: number; web_fetch_requests: number } | null;
  };
};

type Spoken = Exclude<ScriptedAnswer, { kind: 'fault' }>;

const someThinking = 'Let me think about what is asked.';

/** The scripted answer as a message of the vendor: it begins with thinking, and ends where the room ends. */
export function buildMessage(request: CheckedRequest, answer: Spoken, prompt: PromptUsage): BuiltMessage {
  const said = contentOf(answer);
  const content = said.blocks;
  const room = shorten(content, request.max_tokens);
  sign(content, request);
  const searches = 'searches' in answer ? answer.searches : [];
  const found = tokensOf(JSON.stringify(searches.flatMap(({ pages }) => pages ?? [])));
  return {
    id: `msg_${randomBytes(12).toString('hex')}`,
    model: request.model,
    content,
    stopReason: room.isCut ? 'max_tokens' : said.stopReason,
    stopDetails:
      answer.kind === 'refusal'
        ? {
            type: 'refusal',
            category: answer.category ?? 'frontier_llm',
            explanation: 'It might be misused.',
          }
        : null,
    usage: {
      ...prompt,
      input_tokens: prompt.input_tokens + (searches.length === 0 ? 0 : found),
      output_tokens: Math.max(1, room.tokens),
      output_tokens_details: { thinking_tokens: room.thinkingTokens },
      server_tool_use:
        searches.length === 0 ? null : { web_search_requests: searches.length, web_fetch_requests: 0 },
    },
  };
}

function contentOf(answer: Spoken): { blocks: Block[]; stopReason: string } {
  switch (answer.kind) {
    case 'text':
      return { blocks: [thought(answer.thinking), text(answer.text)], stopReason: 'end_turn' };
    case 'json':
      return {
        blocks: [thought(answer.thinking), text(JSON.stringify(answer.value))],
        stopReason: 'end_turn',
      };
    case 'truncated':
      return {
        blocks: [thought(answer.thinking), ...(answer.text === '' ? [] : [text(answer.text)])],
        stopReason: 'max_tokens',
      };
    case 'refusal':
      return { blocks: answer.text === undefined ? [] : [text(answer.text)], stopReason: 'refusal' };
    case 'search':
    case 'paused': {
      const blocks = [thought(), ...answer.searches.flatMap(searchBlocks), ...answer.texts.map(cited)];
      return { blocks, stopReason: answer.kind === 'paused' ? 'pause_turn' : 'end_turn' };
    }
  }
}

function thought(thinking = someThinking): Block {
  return { type: 'thinking', thinking, signature: '' };
}

function sign(blocks: readonly Block[], { model, messages }: CheckedRequest): void {
  for (const block of blocks) {
    if (block.type === 'thinking') block.signature = signatureOf(String(block.thinking), model, messages);
  }
}

function text(words: string): Block {
  return { type: 'text', text: words, citations: null };
}

function cited({ text: words, cites = [] }: CitedText): Block {
  const citations = cites.map((page) => ({
    type: 'web_search_result_location',
    url: page.url,
    title: page.title,
    cited_text: page.text,
    encrypted_index: randomBytes(8).toString('base64'),
  }));
  return { type: 'text', text: words, citations: citations.length === 0 ? null : citations };
}

function searchBlocks({ query, pages = [], error }: ScriptedSearch): Block[] {
  const id = `srvtoolu_${randomBytes(8).toString('hex')}`;
  const caller = { type: 'direct' };
  const content =
    error === undefined ? pages.map(found) : { type: 'web_search_tool_result_error', error_code: error };
  return [
    { type: 'server_tool_use', id, name: 'web_search', input: { query }, caller },
    { type: 'web_search_tool_result', tool_use_id: id, content, caller },
  ];
}

function found({ url, title, text: words }: FoundPage): Record<string, unknown> {
  const encrypted = Buffer.from(words).toString('base64');
  return { type: 'web_search_result', url, title, encrypted_content: encrypted, page_age: null };
}

/** `max_tokens` is for thinking and answer together: what is past it was never written. */
function shorten(
  blocks: Block[],
  maxTokens: number,
): { isCut: boolean; tokens: number; thinkingTokens: number } {
  let tokens = 0;
  let thinkingTokens = 0;
  for (const [index, block] of blocks.entries()) {
    const key = block.type === 'thinking' ? 'thinking' : 'text';
    const words = block[key];
    if (typeof words !== 'string') continue;
    const room = maxTokens - tokens;
    const size = tokensOf(words);
    if (size <= room) {
      tokens += size;
      thinkingTokens += key === 'thinking' ? size : 0;
      continue;
    }
    const kept = firstTokens(words, room);
    block[key] = kept;
    blocks.length = kept === '' ? index : index + 1;
    return { isCut: true, tokens: maxTokens, thinkingTokens };
  }
  return { isCut: false, tokens, thinkingTokens };
}
