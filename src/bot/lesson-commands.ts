/** The command about lessons. Part of the command table. */
export const lessonDefinitions = {
  lessons: {
    verb: 'lessons',
    group: 'look',
    aliases: ['learnt', 'lesson'],
    usage: '[slug] [public] | forget <id>',
    parameters: [
      { name: 'competition', kind: 'competition', isNeeded: false },
      { name: 'forget', kind: 'text', isNeeded: false },
      { name: 'public', kind: 'flag', isNeeded: false },
    ],
    isPrivate: true,
    example: 'lessons titanic',
  },
} as const;
