import type { Choice } from '../../cli/commands.ts';
import type { Config } from '../../config/load.ts';

/** Values by the name of their setting; those of the steps before. */
export type Given = Readonly<Record<string, string>>;

/** One setting that a service needs, how it is found out, and how it is tried. */
export type ConnectStep = {
  env: string;
  /** What is typed does not show. */
  isSecret: boolean;
  /** What it is, and where it is found: one line for somebody who types it or sets it. */
  question: string;
  /** What the settings have. */
  read(config: Config): string | null;
  /** A sentence about a wrong form, which needs no call; null where the form is fine. */
  fault?(value: string): string | null;
  /** What there is to choose from; where nothing is, it is typed. */
  offer?(given: Given, signal: AbortSignal): Promise<readonly Choice[]>;
  /** Said before it is asked. */
  lead?(given: Given, signal: AbortSignal): Promise<readonly string[]>;
  /** Where the offer is empty: what a person does before it is looked again. */
  whenNone?: string;
  /** Tries it for real. @returns what was found, in words @throws Failure */
  test?(given: Given, signal: AbortSignal): Promise<string>;
};

/** What one service needs to be connected. */
export type ConnectPlan = {
  title: string;
  /** What to click, a line each. */
  guide: readonly string[];
  steps: readonly ConnectStep[];
  /** Looks at everything together. @returns what is odd, in words; null where nothing is @throws Failure */
  check?(given: Given, signal: AbortSignal): Promise<string | null>;
  /** The first words in the channel. @returns where they stand, in words @throws Failure */
  hello?(given: Given, signal: AbortSignal): Promise<string>;
  next: readonly string[];
};
