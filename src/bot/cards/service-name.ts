import type { Voice } from '../voice.ts';

/** Names that are the same in every language. */
const properNames: ReadonlyMap<string, string> = new Map([
  ['agentspace', 'Agentspace'],
  ['claude', 'Claude'],
  ['claude-planner', 'Claude'],
  ['gemini', 'Gemini'],
]);

/** Plain: who answered, or wrote, as people call it. One that is not known here keeps its name. */
export function serviceName({ plain }: Pick<Voice, 'plain'>, name: string): string {
  switch (name) {
    case 'playbook':
    case 'baseline':
    case 'claude-search':
    case 'pages':
    case 'sweep':
      return plain(`answers:service.${name}`);
    default:
      return properNames.get(name) ?? name;
  }
}
