/** A tokenizer of our own: what counts is that it is deterministic and finer than four characters a token. */
const bytesPerToken = 3;

export function tokensOf(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / bytesPerToken);
}

/** The beginning of a text that is so many tokens long. */
export function firstTokens(text: string, tokens: number): string {
  return Buffer.from(text)
    .subarray(0, Math.max(0, tokens) * bytesPerToken)
    .toString('utf8')
    .replace(/\uFFFD+$/, '');
}
