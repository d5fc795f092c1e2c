import { commandDefinitions, type Verb } from './commands.ts';

/** What a platform with typed options has in hand: parameter name to its value. */
export type ParameterValues = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Parameters that are written as `name=value`; all others stand for themselves, in their order. */
const namedParameters: ReadonlySet<string> = new Set([
  'budget',
  'rounds',
  'priority',
  'approaches',
  'time-limit',
]);

/**
 * The line that a person would have typed, `start titanic rounds=3`, from a platform's typed options.
 * The line is read like any other, so nothing is trusted that a platform says.
 */
export function commandLine(verb: Verb, values: ParameterValues): string {
  const words = commandDefinitions[verb].parameters.flatMap(({ name, kind }) => {
    const value = values[name];
    if (value === undefined || value === null || value === '' || value === false) return [];
    if (kind === 'flag') return [name];
    return [verb === 'start' && namedParameters.has(name) ? `${name}=${value}` : String(value)];
  });
  return [verb, ...words].join(' ');
}
