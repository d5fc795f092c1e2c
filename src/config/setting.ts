import type { z } from 'zod';

/** What a default may depend on. */
export type MachineFacts = { cores: number };

type Described = {
  /** Name of the environment variable. */
  env: string;
  /** `seconds`, `US dollars` …; null where the value is no quantity. */
  unit: string | null;
  /** As it would be written in the environment. */
  example: string;
  /** For people, in one or two sentences. */
  description: string;
  /** What happens once it is set, where setting it switches something on. */
  switchesOn: string | null;
  /** May hold a credential: printed as set or not set only, and also read from the file `<NAME>_FILE`. */
  isSecret: boolean;
};

/** One row of the settings table. Schema, checks, documents and `.env.example` all come from it. */
export type Setting<Value> = Described & {
  /** From the text of the variable to the value; its messages complete the sentence "NAME must …". */
  schema: z.ZodType<Value>;
  /** As it would be written in the environment; null: unset, and the value is null. */
  default: ((facts: MachineFacts) => string) | null;
  /** The default in words for people. */
  defaultText: string;
};

type Row<Value> = Pick<Described, 'env' | 'example' | 'description'> &
  Partial<Pick<Described, 'unit' | 'switchesOn' | 'isSecret'>> & { schema: z.ZodType<Value> };

function describe<Value>(row: Row<Value>): Described & { schema: z.ZodType<Value> } {
  return {
    ...row,
    unit: row.unit ?? null,
    switchesOn: row.switchesOn ?? null,
    isSecret: row.isSecret ?? false,
  };
}

/** A setting that always has a value. */
export function setting<Value>(row: Row<Value> & { default: string }): Setting<Value> {
  return { ...describe(row), default: () => row.default, defaultText: row.default };
}

/** A setting whose default depends on the machine. */
export function machineSetting<Value>(
  row: Row<Value> & { default: (facts: MachineFacts) => string; defaultText: string },
): Setting<Value> {
  return { ...describe(row), default: row.default, defaultText: row.defaultText };
}

/** A setting that is null until somebody sets it. */
export function optionalSetting<Value>(row: Row<Value>): Setting<Value | null> {
  return { ...describe(row), default: null, defaultText: 'not set' };
}
