/** What follows the `?` of a link is a right to our files; vendors quote in their errors what they were sent. */
export function hideSignatures(text: string): string {
  return withoutEscapes(text).replaceAll(/(https?:\/\/[^\s?"'\\]+)\?[^\s"'\\]*/g, '$1?[redacted]');
}

/**
 * What JSON may escape, and need not: `\u0026` is `&` to some servers, `\/` is `/` to others, and an error that quotes
 * JSON escapes it once more. Quotes and backslashes stay as they are, so that JSON stays JSON.
 */
export function withoutEscapes(text: string): string {
  return text
    .replaceAll(/\\+u00(?!22|5c)([2-7][0-9a-f])/gi, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    )
    .replaceAll(/\\+\//g, '/');
}
