/**
 * Thrown by a flow whose work is not done yet and costs nothing to look at again: the job is delayed and
 * uses up no start.
 */
export class Wait extends Error {
  readonly delayMs: number;

  constructor(delayMs: number, reason: string) {
    super(reason);
    this.name = 'Wait';
    this.delayMs = delayMs;
  }
}
