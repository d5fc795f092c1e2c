const competition = { name: 'competition', kind: 'competition', isNeeded: false } as const;
const inPublic = { name: 'public', kind: 'flag', isNeeded: false } as const;

/** The commands that look into the search. Part of the command table. */
export const searchDefinitions = {
  tree: {
    verb: 'tree',
    group: 'look',
    aliases: ['nodes'],
    usage: '[slug] [public]',
    parameters: [competition, inPublic],
    isPrivate: true,
    example: 'tree titanic',
  },
  node: {
    verb: 'node',
    group: 'look',
    aliases: ['solution'],
    usage: '[slug] <number or name> [public]',
    parameters: [competition, { name: 'node', kind: 'text', isNeeded: false }, inPublic],
    isPrivate: true,
    example: 'node titanic 3',
  },
} as const;
