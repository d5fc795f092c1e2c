import { commandDefinitions, commandGroups, type Verb, verbs } from '../commands.ts';
import { columns } from './format.ts';

/** `help`: every command, one line each, by group. */
export function presentHelp(): string {
  const groups = commandGroups.flatMap((group) => {
    const rows = verbs
      .map((verb) => commandDefinitions[verb])
      .filter((definition) => definition.group === group)
      .map(({ verb, usage, summary }) => [`${verb} ${shortUsage(usage)}`.trimEnd(), summary]);
    return [{ group, rows }];
  });
  const width = Math.max(...groups.flatMap(({ rows }) => rows.map(([left = '']) => left.length)));
  return [
    'I enter Kaggle competitions for you and ask when a decision is worth it.',
    ...groups.flatMap(({ group, rows }) => [
      group,
      ...rows.map(([left = '', right = '']) => `  ${left.padEnd(width)}  ${right}`),
    ]),
    'With "/kaggle" in front or without. One command in detail: /kaggle help start',
  ].join('\n');
}

/** Options in the one-line form would be longer than the line. */
function shortUsage(usage: string): string {
  return usage.replace(/ \[\w[\w-]*=.*$/, ' […]');
}

/** `help <command>`. */
export function presentCommandHelp(verb: Verb): string {
  const { usage, summary, details, aliases, example } = commandDefinitions[verb];
  return [
    `/kaggle ${verb} ${usage}`.trimEnd(),
    ...columns(
      [
        ['what', summary],
        ['more', details],
        ...(aliases.length === 0 ? [] : [['also', aliases.join(', ')]]),
        ['example', `/kaggle ${example}`],
      ],
      '  ',
    ),
  ].join('\n');
}

/** A verb that is none: the nearest one is offered, never executed. */
export function presentUnknownVerb(typed: string, nearest: Verb | null): string {
  const offer =
    nearest === null ? 'Type help for the list.' : `Did you mean ${nearest}? Type: /kaggle ${nearest}`;
  return `I don't know the command "${typed}". ${offer}`;
}

export function presentUsage(verb: Verb, problem: string): string {
  const { usage, example } = commandDefinitions[verb];
  return `I can't do that yet: ${problem}.\n  /kaggle ${verb} ${usage}\n  for example: /kaggle ${example}`;
}
