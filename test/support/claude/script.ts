/** What a model is asked, as a script reads it. */
export type ScriptedRequest = {
  model: string;
  /** All parts of the system prompt, one after the other. */
  system: string;
  messages: readonly { role: string; text: string }[];
  /** Text of the last message. */
  asked: string;
  /** JSON schema of the wanted answer; null: text. */
  schema: unknown;
  /** Most web searches; 0: it has no such tool. */
  maxSearches: number;
  maxTokens: number;
  effort: string | null;
  /** Of this call among the message calls, from 1. */
  number: number;
};

export type FoundPage = { title: string; url: string; text: string };

/** One search of the server's tool: pages, or an error code of the vendor. */
export type ScriptedSearch = { query: string; pages?: readonly FoundPage[]; error?: string };

/** A piece of text with the pages that it names. */
export type CitedText = { text: string; cites?: readonly FoundPage[] };

export type Fault =
  | { status: 429; retryAfterSeconds?: number; code?: 'enforced_spend_limit_reached' | 'ramp_limit_exceeded' }
  | { status: 400; code: string }
  | { status: 401 | 402 | 403 | 404 | 408 | 409 | 413 | 500 | 503 | 504 | 529 }
  /** The connection ends before a byte came; nothing is billed. */
  | { cut: 'before' }
  /** The connection ends in the middle of the stream; all of it is billed. */
  | { cut: 'after' }
  /** The stream ends in good order before its message does, as a proxy in between leaves it; all of it is billed. */
  | { cut: 'short' }
  /** An `error` event in the middle of the stream. */
  | { streamError: 'overloaded_error' | 'api_error' | 'rate_limit_error' }
  /** The stream begins, and then nothing comes, not even a ping. */
  | { stall: true };

export type ScriptedAnswer =
  | { kind: 'text'; text: string; thinking?: string }
  | { kind: 'json'; value: unknown; thinking?: string }
  | { kind: 'refusal'; category?: string; text?: string }
  /** Stops at the length limit after this much. */
  | { kind: 'truncated'; text: string; thinking?: string }
  | { kind: 'search'; searches: readonly ScriptedSearch[]; texts: readonly CitedText[] }
  /** As `search`, stopped by the vendor in the middle: it wants to be sent back as it is. */
  | { kind: 'paused'; searches: readonly ScriptedSearch[]; texts: readonly CitedText[] }
  | { kind: 'fault'; fault: Fault };

/** Plays the model. */
export type Script = (request: ScriptedRequest) => ScriptedAnswer | Promise<ScriptedAnswer>;

export function say(text: string, thinking?: string): ScriptedAnswer {
  return thinking === undefined ? { kind: 'text', text } : { kind: 'text', text, thinking };
}

export function sayJson(value: unknown): ScriptedAnswer {
  return { kind: 'json', value };
}

export function fail(fault: Fault): ScriptedAnswer {
  return { kind: 'fault', fault };
}

/** One answer after the other; the last one again and again. */
export function inTurn(...answers: readonly [ScriptedAnswer, ...ScriptedAnswer[]]): Script {
  let next = 0;
  return () => {
    const answer = answers[Math.min(next, answers.length - 1)] ?? answers[0];
    next += 1;
    return answer;
  };
}
