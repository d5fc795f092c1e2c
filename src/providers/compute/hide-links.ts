/** What follows the `?` of a link is a right to our files; vendors quote in their errors what they were sent. */
export function hideSignatures(text: string): string {
  return text.replaceAll(/(https?:\/\/[^\s?"'\\]+)\?[^\s"'\\]*/g, '$1?[redacted]');
}
