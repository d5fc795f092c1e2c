import type { Problem } from '../../../domain/problem.ts';
import { literalString, pythonLiteral } from './python-literal.ts';

export type ModelParams = Readonly<Record<string, number | string | boolean | null>>;

/** What a model's code depends on. */
export type ModelContext = {
  isRegression: boolean;
  classCount: number;
  metric: Problem['metric'];
  params: ModelParams;
};

/** A model as code: what it reads, what must stand above it, and how it is built. */
export type ModelCode = {
  /** `table` (numbers and categories) or a sparse view of the text. */
  view: 'table' | 'words' | 'chars' | 'text';
  imports: string[];
  fragments: string[];
  /** One sentence, the builder's docstring. */
  summary: string;
  /** Statements of the builder's body, flush left; the last returns the unfitted model. */
  body: string[];
  /** The hyper-parameters that the body reads from `params`, with the values that the approach wants. */
  params: Record<string, number>;
};

export type ModelWriter = (context: ModelContext) => ModelCode;

/** `{ code }` is Python source; everything else is a value. */
type CallOptions = Readonly<Record<string, number | string | boolean | null | { code: string }>>;

/** Writes `Name(a=1, b=2)`, one argument a line where it is long. An empty name of an argument makes it positional. */
export function writeCall(name: string, options: CallOptions): string {
  const parts = Object.entries(options).map(
    ([key, value]) => `${key === '' ? '' : `${key}=`}${writeOption(value)}`,
  );
  const flat = `${name}(${parts.join(', ')})`;
  if (flat.length <= 90) return flat;
  return `${name}(\n${parts.map((part) => `    ${part},`).join('\n')}\n)`;
}

function writeOption(value: CallOptions[string]): string {
  return typeof value === 'object' && value !== null ? value.code : pythonLiteral(value);
}

/** Hyper-parameters of one model as Python source. */
export type Tuning = {
  number: (name: string, fallback: number) => { code: string };
  /** A whole number of at least one. */
  count: (name: string, fallback: number) => { code: string };
  /** Those that were asked for so far. */
  used: Record<string, number>;
};

/** Reads each value from the member's `params`, where params.json may have put another than the approach's. */
export function tune(params: ModelParams): Tuning {
  const used: Record<string, number> = {};
  const read = (name: string, value: number) => {
    used[name] = value;
    return { code: `params[${literalString(name)}]` };
  };
  return {
    number: (name, fallback) => read(name, numberOf(params, name, fallback)),
    count: (name, fallback) => read(name, countOf(params, name, fallback)),
    used,
  };
}

/** Writes each value as it is: for a stand-in that nobody tunes. */
export function fix(params: ModelParams): Tuning {
  return {
    number: (name, fallback) => ({ code: pythonLiteral(numberOf(params, name, fallback)) }),
    count: (name, fallback) => ({ code: pythonLiteral(countOf(params, name, fallback)) }),
    used: {},
  };
}

/** A number of an approach's parameters, or its default. */
export function numberOf(params: ModelParams, name: string, fallback: number): number {
  const value = params[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : fallback;
}

/** A whole number of at least one. */
export function countOf(params: ModelParams, name: string, fallback: number): number {
  return Math.max(1, Math.round(numberOf(params, name, fallback)));
}
