export type EndingSignal = 'SIGINT' | 'SIGTERM';

/** The reason with which everything is aborted when a person or the system ends the process. */
export class Interrupted extends Error {
  readonly signal: EndingSignal;

  constructor(signal: EndingSignal) {
    super(`ended by ${signal}`);
    this.name = 'Interrupted';
    this.signal = signal;
  }
}
