const competition = { name: 'competition', kind: 'competition', isNeeded: false } as const;
const inPublic = { name: 'public', kind: 'flag', isNeeded: false } as const;

/** The commands about training runs. Part of the command table. */
export const trainingDefinitions = {
  compare: {
    verb: 'compare',
    group: 'look',
    aliases: ['runs'],
    usage: '[slug] [public]',
    parameters: [competition, inPublic],
    isPrivate: true,
    example: 'compare titanic',
  },
  params: {
    verb: 'params',
    group: 'decide',
    aliases: ['parameters', 'tune'],
    usage: '[slug] [approach] [name=value ...]',
    parameters: [
      competition,
      { name: 'approach', kind: 'text', isNeeded: false },
      { name: 'values', kind: 'text', isNeeded: false },
    ],
    isPrivate: true,
    example: 'params titanic learning_rate=0.03',
  },
} as const;
