/** One on or back in a list that begins again at its end; -1: none yet. */
export function stepped(at: number, step: 1 | -1, count: number): number {
  return at === -1 && step === -1 ? count - 1 : (at + step + count) % count;
}
